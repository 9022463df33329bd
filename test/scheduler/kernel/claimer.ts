import { claim } from '../../../scheduler/kernel/claim.ts'
import { claimableSteps } from '../../../scheduler/kernel/claimable.ts'
import { thisProcess } from '../../../scheduler/kernel/holder.ts'
import { finish } from '../../../scheduler/kernel/settle.ts'
import { openState } from '../../../scheduler/state/open.ts'

/** Claims and finishes every step of the run that it can get, and prints `step token` for each. */
const [address = '', run = ''] = process.argv.slice(2)
const state = await openState({ address })
for (;;) {
  const { wakes: offered } = await claimableSteps(state, { run, now: Date.now() })
  if (offered.length === 0) break
  for (const wake of offered) {
    const held = await claim(state, wake, { holder: thisProcess(), now: Date.now() })
    if (held === undefined) continue
    if (!(await finish(state, held, { counts: {} }, Date.now()))) throw new Error(`lost ${wake.step}`)
    process.stdout.write(`${wake.step} ${held.token}\n`)
  }
}
await state.close()
