import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { toFault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'
import { openDeliverer } from './deliver/open.ts'
import { logEvent } from './log-event.ts'
import { type Office, roomOf } from './office.ts'
import { type RunEvent, workOn } from './worker.ts'

export interface ServeTerms {
  readonly office: Office
  readonly catalogue: Catalogue
  readonly signal: AbortSignal
  readonly tell: (event: RunEvent, run: string) => void
  readonly say: (sentence: string) => void
}

/** Steps that one process does at once. */
export const stepsAtOnce = (): number => Math.min(4, availableParallelism())

const longestWaitMs = 15_000

/** Works on every run that there is, until the signal aborts. A state store that cannot be reached is waited for. */
export async function serve(terms: ServeTerms): Promise<void> {
  const { office, catalogue, signal, say, tell } = terms
  const log = office.outside.logs.to('worker')
  for (let failures = 0; !signal.aborted; failures += 1) {
    const began = Date.now()
    try {
      await workOn({
        state: office.state,
        deliverer: await openDeliverer(office, stepsAtOnce(), log),
        signal,
        tell(event, run) {
          tell(event, run)
          logEvent(office.outside.logs.to(run), event)
        },
        masked: office.outside.masked,
        random: Math.random,
        room: (held, more) => roomOf(office, catalogue, { held, ...more }),
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
