import { type Kysely, type RawBuilder, sql } from 'kysely'
import { Fault } from '../../contracts/fault.ts'
import { migrations as allMigrations } from './migrations.ts'
import type { State, StateTables } from './state.ts'

export interface MigrateTerms {
  /** One list of statements for each version. */
  readonly migrations: readonly (readonly string[])[]
  /** Gives a row where the table `meta` stands. */
  readonly hasMeta: RawBuilder<unknown>
  readonly older: Older
  /** Called before a new store is made; where it rejects none is. */
  readonly begin?: (() => Promise<void>) | undefined
}

/** What becomes of a store that an older boomerang wrote: a person decides when it is changed. */
export type Older = 'refuse' | 'leave' | 'upgrade'

export type Opening = Pick<MigrateTerms, 'migrations' | 'older' | 'begin'>

/** As this boomerang works. */
export const asNow: Opening = { migrations: allMigrations, older: 'refuse' }

/** Makes a new state store; brings an older one up to date where that is wanted. A Fault where a newer boomerang wrote it. */
export async function migrate(state: Pick<State, 'read' | 'write'>, terms: MigrateTerms): Promise<void> {
  const { migrations, hasMeta, older } = terms
  const standing = await versionOf(state.read, hasMeta)
  if (standing === migrations.length) return
  if (standing === 0) await terms.begin?.()
  if (standing > migrations.length) throw newer(standing, migrations.length)
  if (standing > 0 && older === 'refuse') throw outdated(standing, migrations.length)
  if (standing > 0 && older === 'leave') return
  await state.write(async tables => {
    const version = await versionOf(tables, hasMeta)
    for (const statement of migrations.slice(version).flat()) await sql.raw(statement).execute(tables)
    const value = String(migrations.length)
    await tables
      .insertInto('meta')
      .values({ key: 'version', value })
      .onConflict(conflict => conflict.column('key').doUpdateSet({ value }))
      .execute()
  })
}

/** 0 where nothing stands yet. */
async function versionOf(tables: Kysely<StateTables>, hasMeta: RawBuilder<unknown>): Promise<number> {
  return (await hasMeta.execute(tables)).rows.length === 0 ? 0 : stateVersion({ read: tables })
}

/** Of a store that stands. */
export async function stateVersion({ read }: Pick<State, 'read'>): Promise<number> {
  const row = await read.selectFrom('meta').select('value').where('key', '=', 'version').executeTakeFirst()
  return Number(row?.value ?? 0)
}

const outdated = (version: number, known: number): Fault =>
  new Fault({
    what: `the state store has version ${version}, and this boomerang works with version ${known}`,
    where: 'the state store',
    hint: '`boomerang upgrade --plan` says what would be changed, and `boomerang upgrade` does it, after a backup. Nothing was done.',
    retry: 'never',
  })

const newer = (version: number, known: number): Fault =>
  new Fault({
    what: `the state store has version ${version}, and this boomerang knows versions up to ${known}`,
    where: 'the state store',
    hint: 'Use the newer boomerang that wrote it.',
    retry: 'never',
  })
