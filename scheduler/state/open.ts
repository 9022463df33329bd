import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { State } from './state.ts'

export interface StateTerms {
  /** The path of an SQLite file, or `postgres://user@host:5432/database`. */
  readonly address: string
  readonly password?: string | undefined
}

/** Opens the state store that the address names. */
export const openState = ({ address, password }: StateTerms): Promise<State> =>
  /^postgres(ql)?:\/\//.test(address) ? openPostgres({ address, password }) : openSqlite(address)
