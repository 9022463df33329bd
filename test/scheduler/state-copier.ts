import { exportState, importState } from '../../scheduler/backup/state-copy.ts'
import { openState } from '../../scheduler/state/open.ts'

/** One process that copies a state store into a file, or a file into a state store. */
const [deed = '', address = '', path = ''] = process.argv.slice(2)
const state = await openState({ address })
await (deed === 'export' ? exportState(state, path) : importState(state, path))
await state.close()
