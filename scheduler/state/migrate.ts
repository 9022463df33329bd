import { type Kysely, type RawBuilder, sql } from 'kysely'
import { Fault } from '../../contracts/fault.ts'
import type { State, StateTables } from './state.ts'

export interface MigrateTerms {
  /** One list of statements for each version. */
  readonly migrations: readonly (readonly string[])[]
  /** Gives a row where the table `meta` stands. */
  readonly hasMeta: RawBuilder<unknown>
}

/** Brings an older state store up to date; one that is up to date is only read. A Fault where a newer boomerang wrote it. */
export async function migrate(
  state: Pick<State, 'read' | 'write'>,
  { migrations, hasMeta }: MigrateTerms,
): Promise<void> {
  if ((await versionOf(state.read, hasMeta)) === migrations.length) return
  await state.write(async tables => {
    const version = await versionOf(tables, hasMeta)
    if (version > migrations.length) throw newer(version, migrations.length)
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
  if ((await hasMeta.execute(tables)).rows.length === 0) return 0
  const row = await tables.selectFrom('meta').select('value').where('key', '=', 'version').executeTakeFirst()
  return Number(row?.value ?? 0)
}

const newer = (version: number, known: number): Fault =>
  new Fault({
    what: `the state store has version ${version}, and this boomerang knows versions up to ${known}`,
    where: 'the state store',
    hint: 'Use the newer boomerang that wrote it.',
    retry: 'never',
  })
