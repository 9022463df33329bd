import type { Catalogue } from '../../jobs/job.ts'
import { watch } from '../alerts/watch.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { serve } from '../serve.ts'
import { type MetricsOptions, type Serving, serveMetrics } from '../telemetry/metrics-server.ts'
import { stopOnSignals } from './stop-on-signals.ts'

/** Does the steps of every run that there is, beside other workers, until it is asked to stop. It plans nothing. */
export async function worker(office: Office, catalogue: Catalogue, options: MetricsOptions): Promise<number> {
  const stop = stopOnSignals()
  const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`)
  say(`Working, steps at once through ${office.environment.redis === undefined ? 'this process alone' : 'Redis'}.`)
  let metrics: Serving | undefined
  try {
    metrics = await serveMetrics(office, options, say)
    const { signal } = stop
    await Promise.all([serve({ office, catalogue, signal, say, told: metrics.told }), watch(office, catalogue, signal)])
  } finally {
    metrics?.close()
    stop.done()
  }
  say('Stopped. What was begun is given back, and another worker or the next start goes on with it.')
  return exitCodes.ok.code
}
