import { createServer } from 'node:http'
import { toFault } from '../../contracts/fault.ts'
import { listening, placeOf } from '../listening.ts'
import type { Office } from '../office.ts'
import { type Metrics, newMetrics } from './metrics.ts'

/** Metrics that are being served. */
export interface Serving extends Pick<Metrics, 'told'> {
  close(): void
}

export interface MetricsOptions {
  /** A port, or host:port; absent where nobody asks. */
  readonly metrics?: string
}

/** Serves `GET /metrics`, where somebody asks for it. A Fault where nobody can be heard there. */
export async function serveMetrics(
  { state, outside }: Office,
  { metrics: at }: MetricsOptions,
  say: (sentence: string) => void,
): Promise<Serving> {
  if (at === undefined) return { told: () => undefined, close: () => undefined }
  const metrics = newMetrics(state)
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.replace(/\?.*/s, '') !== '/metrics') {
      response.writeHead(404).end('/metrics\n')
      return
    }
    metrics.text().then(
      text => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      (error: unknown) => response.writeHead(503).end(`${outside.masked(toFault(error, 'metrics')).what}\n`),
    )
  })
  say(`Metrics at http://${await listening(server, placeOf('--metrics', at))}/metrics.`)
  return {
    told: metrics.told,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
