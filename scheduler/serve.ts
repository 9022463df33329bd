import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { toFault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'
import { eventLine, summaryText } from './cli/render.ts'
import { runSummary } from './cli/summary.ts'
import { openDeliverer } from './deliver/open.ts'
import type { Claim } from './kernel/claim.ts'
import { logEvent, stepLog } from './log-event.ts'
import type { Office } from './office.ts'
import { type RunEvent, workOn } from './worker.ts'
import { endedRun, workingIn } from './working.ts'

export interface ServeTerms {
  readonly office: Office
  readonly catalogue: Catalogue
  readonly signal: AbortSignal
  readonly say: (text: string) => void
  /** Hears of each step, too. */
  readonly told: (event: RunEvent) => void
}

/** Steps that one process does at once. */
export const stepsAtOnce = (): number => Math.min(4, availableParallelism())

const longestWaitMs = 15_000

/** Works on every run that there is, until the signal aborts. A state store that cannot be reached is waited for. */
export async function serve(terms: ServeTerms): Promise<void> {
  const { office, catalogue, signal, say, told } = terms
  const log = office.outside.logs.to('worker')
  const unsettled = new Set<Claim>()
  for (let failures = 0; !signal.aborted; failures += 1) {
    const began = Date.now()
    try {
      await workOn({
        ...workingIn(office, catalogue),
        unsettled,
        deliverer: await openDeliverer(office, stepsAtOnce(), log),
        signal,
        tell(event, held) {
          const line = eventLine(event)
          if (line !== undefined) say(line)
          told(event)
          logEvent(stepLog(office.outside.logs, held), event)
          if (event.what === 'done' || event.what === 'failed') void sayEnd(terms, held.run)
        },
      })
    } catch (error) {
      if (Date.now() - began > longestWaitMs) failures = 0
      const waitMs = Math.min(500 * 2 ** failures, longestWaitMs)
      const fault = office.outside.masked(toFault(error, 'the worker'))
      log('worker stopped', { what: fault.what, where: fault.where, waitMs })
      say(`${fault.what} (${fault.where}); it goes on in ${(waitMs / 1000).toFixed(1)} s.`)
      await wait(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** The process that does the last step of a run says what became of it. */
async function sayEnd({ office, say }: ServeTerms, run: string): Promise<void> {
  try {
    if ((await endedRun(office, run)) !== undefined) say(summaryText(await runSummary(office, run)))
  } catch (error) {
    office.outside.logs.to('worker')('no summary', { run, why: toFault(error, run).what })
  }
}
