import type { Command } from 'commander'
import type { UpOptions } from '../cli/up.ts'
import type { MetricsOptions } from '../telemetry/metrics-server.ts'
import { doing, type VerbTerms, verb } from './verb.ts'

const metricsAt = 'serve /metrics for Prometheus at a port, or host:port'

/** What stays and works until it is stopped. */
export function addServices(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  verb(program, 'worker', 'do the steps of every run, beside other workers, until it is stopped')
    .option('--metrics <address>', metricsAt)
    .action((options: MetricsOptions) =>
      does('worker', async office => (await import('../cli/worker.ts')).worker(office, await catalogue(), options)),
    )
  verb(program, 'up', 'plan the nights, do their steps, and take in events as they happen, until it is stopped')
    .option('--listen <address>', 'a port, or host:port', '127.0.0.1:8787')
    .option('--every <seconds>', 'how often a batch is loaded', '5')
    .option('--metrics <address>', metricsAt)
    .action((options: UpOptions) =>
      does('up', async office => (await import('../cli/up.ts')).up(office, await catalogue(), options)),
    )
}
