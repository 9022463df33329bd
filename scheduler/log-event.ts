import type { Json } from '../contracts/context.ts'
import type { Fault } from '../contracts/fault.ts'
import type { Log } from './log.ts'
import type { RunEvent } from './worker.ts'

/** Writes what a run tells into its log; progress is for eyes only. */
export function logEvent(log: Log, event: RunEvent): void {
  if (event.what === 'progress') return
  const { what, step, ...more } = event
  log(`step ${what}`, { step: step.id, ...factsOf(more) })
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
