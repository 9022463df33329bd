import { tell } from '../../../scheduler/alerts/tell.ts'
import { openState } from '../../../scheduler/state/open.ts'
import { houseIn } from './house.ts'
import { tellerOf } from './teller.ts'

/** One process of a house that looks, and tells the webhook. */
const [address = '', folder = '', url = ''] = process.argv.slice(2)
const state = await openState({ address })
const house = houseIn({ state }, { alerts: [{ to: 'webhook', address: url, from: 'analytical' }] })
await house.look()
await tell(tellerOf(state, folder, house.environment), new AbortController().signal)
await state.close()
