import { existsSync } from 'node:fs'
import { setFileAside } from '../set-aside.ts'
import type { Older } from './migrate.ts'
import { migrations } from './migrations.ts'
import { openSqlite } from './sqlite.ts'
import type { State } from './state.ts'

export interface StateTerms {
  /** The path of an SQLite file, or `postgres://user@host:5432/database`. */
  readonly address: string
  readonly password?: string | undefined
}

export interface OpenTerms {
  /** Refused where it is absent. */
  readonly older?: Older
  /** A new store is made as of this version, the newest where it is absent: for what an older boomerang wrote. */
  readonly version?: number
  /** Called before a new store is made; where it rejects none is. */
  readonly begin?: (() => Promise<void>) | undefined
}

/** Opens the state store that the address names, and makes it where there is none. */
export async function openState(
  terms: StateTerms,
  { older = 'refuse', version, begin }: OpenTerms = {},
): Promise<State> {
  const how = { older, migrations: migrations.slice(0, version), begin }
  return isPostgres(terms) ? (await postgres()).openPostgres(terms, how) : openSqlite(terms.address, how)
}

/** Moves a state store away, whole, and gives its new name; undefined where there is none. */
export const setStateAside = async (terms: StateTerms, stamp: string): Promise<string | undefined> =>
  isPostgres(terms) ? (await postgres()).setPostgresAside(terms, stamp) : setFileAside(terms.address, stamp)

/** Whether there is one, in whatever condition. */
export const stateExists = async (terms: StateTerms): Promise<boolean> =>
  isPostgres(terms) ? (await postgres()).schemaExists(terms) : existsSync(terms.address)

/** Its driver is read only where a server is named. */
const postgres = () => import('./postgres.ts')

const isPostgres = ({ address }: StateTerms): boolean => /^postgres(ql)?:\/\//.test(address)
