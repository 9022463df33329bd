import type { Environment } from '../../../contracts/connection.ts'
import type { Teller } from '../../../scheduler/alerts/tell.ts'
import { outsideOf } from '../../../scheduler/context.ts'
import type { State } from '../../../scheduler/state/state.ts'

/** What tells of the alerts in a store; it logs into the folder. */
export const tellerOf = (
  state: State,
  folder: string,
  environment: Pick<Environment, 'name' | 'alerts' | 'alive'>,
): Teller => ({
  state,
  environment: environment as Environment,
  outside: outsideOf(folder, { open: [] }),
})
