import { inlineDeliverer } from '../scheduler/deliver/inline.ts'
import { claim, leaseMs } from '../scheduler/kernel/claim.ts'
import { createRun } from '../scheduler/kernel/run.ts'
import { workOn } from '../scheduler/worker.ts'
import { inNewState } from './new-state.ts'
import { sleepStep, toyTerms } from './toy-work.ts'

/** Of a machine that nothing more is heard of: whether its process lives cannot be known. */
const away = { pid: 1, host: 'a machine that burnt down', space: '', started: '' }

/** Milliseconds beyond the lease until a step is begun again whose worker is gone with its machine. */
export const timeRecovery = (): Promise<number> =>
  inNewState(async state => {
    await createRun(state, { run: 'r', slot: 'r', steps: [sleepStep('a', 0)] }, await state.now())
    const claimedAt = await state.now()
    await claim(state, { run: 'r', step: 'a' }, { holder: away, now: claimedAt })
    await workOn({ ...toyTerms(state, new AbortController().signal), deliverer: inlineDeliverer(1), run: 'r' })
    const row = await state.read.selectFrom('step').select('started_at').executeTakeFirst()
    return (row?.started_at ?? Number.NaN) - claimedAt - leaseMs
  })
