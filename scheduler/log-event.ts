import type { Json } from '../contracts/context.ts'
import type { Fault } from '../contracts/fault.ts'
import type { Claim } from './kernel/claim.ts'
import type { Log, Logs } from './log.ts'
import type { RunEvent } from './worker.ts'

/** The log of one try of a step: each line says of which. In the run's own file where no other is named. */
export const stepLog = (logs: Logs, { run, step, attempt }: Claim, file: string = run): Log =>
  logs.to(file, { run, step: step.id, attempt })

/** Writes what a try of a step tells into its log; progress is for eyes only. */
export function logEvent(log: Log, event: RunEvent): void {
  if (event.what === 'progress') return
  const { what, step: _, ...more } = event
  log(`step ${what}`, factsOf(more))
}

function factsOf(more: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> {
  const { fault, report, ...plain } = more as { readonly fault?: Fault; readonly report?: { readonly counts: Json } }
  return {
    ...(plain as Readonly<Record<string, Json>>),
    ...(report === undefined ? {} : { counts: report.counts }),
    ...(fault === undefined ? {} : { fault: faultFacts(fault) }),
  }
}

/** With the place in the code where an unforeseen error came from, and without its words. */
function faultFacts({ what, where, hint, retry, cause }: Fault): Json {
  const stack = cause instanceof Error ? (cause.stack ?? '').split('\n').filter(line => /^\s+at /.test(line)) : []
  return { what, where, hint, retry, stack: stack.map(line => line.trim()) }
}
