import { openState } from '../../../scheduler/state/open.ts'
import { planOn } from './plan-on.ts'

/** One planner of a house, and what it found. */
const state = await openState({ address: process.argv[2] ?? '' })
process.stdout.write(`${(await planOn(state)).state}\n`)
await state.close()
