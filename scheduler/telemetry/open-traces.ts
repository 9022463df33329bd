import type { Environment } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { noTraces, type Traces } from './traces.ts'

/** How long a batch of spans may take to be sent, tries included, in milliseconds: a place that is away holds nobody up for longer. */
const sendMs = 2_000

/** What is told of this process, where the environment names a place for it. */
export async function openTraces({ traces, name }: Environment, outside: Pick<Context, 'secret'>): Promise<Traces> {
  if (traces === undefined) return noTraces
  const { otelTraces } = await import('./otel-traces.ts')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const headers = Object.entries(traces.headers).map(([header, reference]) => [header, outside.secret(reference)])
  const exporter = new OTLPTraceExporter({
    url: outside.secret(traces.address),
    headers: Object.fromEntries(headers) as Record<string, string>,
    timeoutMillis: sendMs,
  })
  return otelTraces(exporter, name)
}
