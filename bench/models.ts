import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { build } from '../jobs/build.ts'
import type { Catalogue } from '../jobs/job.ts'
import { projectCache } from '../models/compiler/cache.ts'
import { checkModels } from '../models/compiler/check.ts'
import { compileModels, readModels } from '../models/compiler/compile.ts'
import { planModels } from '../models/plan.ts'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import type { Publication } from '../models/warehouse/warehouse.ts'
import { main } from '../scheduler/main.ts'
import { newFigures } from './figures.ts'

const folder = mkdtempSync(join(tmpdir(), 'boomerang-bench-models-'))
const { print, end } = newFigures()

const settings = `export const config = {
  schedule: { cron: '0 2 * * *', timeZone: 'UTC' }, connections: {},
  environments: { bench: { delivers: false, warehouse: { kind: 'duckdb', path: 'w.duckdb' }, landing: 'landing', state: 'state.sqlite' } },
}\n`

try {
  await readingAndChecking(join(folder, 'thousand'), 1_000)
  await building(join(folder, 'trivial'), 200)
  await merging(join(folder, 'merge.duckdb'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
end()

/** Models of a real shape in three layers: a header with tests, a common table expression, an expression, a window. */
function writeModels(root: string, count: number): void {
  for (const schema of ['staging', 'marts']) mkdirSync(join(root, 'models', schema), { recursive: true })
  writeFileSync(join(root, 'boomerang.config.ts'), settings)
  for (let n = 0; n < count; n += 1) {
    const isStaging = n < count / 2
    const read = isStaging ? 'ops.loads' : `staging.s${n - count / 2}`
    const [key, state] = ['key', 'state']
    writeFileSync(
      join(root, 'models', isStaging ? `staging/s${n}.sql` : `marts/m${n}.sql`),
      `/* @model
kind: ${isStaging ? 'view' : 'table'}
doc: One row a load, number ${n}.
key: [${key}]
columns:
  ${key}: { doc: The load, tests: [not_null] }
  ${state}: { doc: What became of it, tests: [{ in: [applied, stopped] }] }
audits:
  - token > ${n} or token <= ${n}
*/
with

loads as (
  select * from ${read} where ${state} is not null
)

select
  "${key}",
  ${state},
  token,
  case when token > ${n} then 'late' else 'early' end as age,
  ${isStaging ? 'cast(null as bigint)' : 'count(*) over (partition by state)'} as times
from loads
`,
    )
  }
}

async function readingAndChecking(root: string, count: number): Promise<void> {
  writeModels(root, count)
  const pass = async (): Promise<number> => {
    const began = performance.now()
    const cache = await projectCache(root)
    const compiled = await readModels({ root, known: ['ops.loads'], cache })
    const checked = await checkModels(compiled, { contracts: [], variables: {}, cache })
    planModels({
      chosen: compiled.models,
      models: compiled.models,
      columns: checked.columns,
      standing: new Map(),
      readers: [],
      now: '',
      backfill: () => undefined,
      lineage: () => ({ columns: new Map(), uses: [], mentioned: new Set(), known: true }),
    })
    await cache.save()
    if (checked.mistakes.length > 0 || compiled.models.length !== count)
      throw new Error(JSON.stringify(checked.mistakes[0]))
    return (performance.now() - began) / 1000
  }
  print('1,000 models read, ordered and checked, cold, seconds', await pass(), 2.5)
  print('the same with what is known of them, seconds', await pass(), 0.3)
  const changed = join(root, 'models/marts/m777.sql')
  writeFileSync(changed, readFileSync(changed, 'utf8').replace("'late'", "'later'"))
  print('a plan of one changed model among them, seconds', await pass(), 0.3)
}

async function building(root: string, count: number): Promise<void> {
  mkdirSync(join(root, 'models/marts'), { recursive: true })
  writeFileSync(join(root, 'boomerang.config.ts'), settings)
  for (let n = 0; n < count; n += 1)
    writeFileSync(
      join(root, 'models/marts', `m${n}.sql`),
      `/* @model\nkind: table\ndoc: One row.\nkey: [id]\n*/\nselect ${n} as id, 'a' as label\n`,
    )
  const models = await compileModels({ root, known: [] })
  const publications = models.map(
    (model, token): Publication => ({
      kind: 'table',
      relation: model.relation,
      token: token + 1,
      select: model.sql,
      audits: model.audits({ rows: model.relation, all: model.relation, now: '' }),
    }),
  )
  const plain = await plainBuild(join(folder, 'plain.duckdb'), publications)
  const warehouse = await openDuckdb(join(folder, 'published.duckdb'))
  const began = performance.now()
  for (const publication of publications) await warehouse.publish(publication)
  const published = performance.now() - began
  await warehouse.close()
  print('200 trivial models published / the same statements on one connection', published / plain, 1.25)
  const catalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs: [], jobs: [build] }
  const { write } = process.stdout
  process.stdout.write = () => true
  const started = performance.now()
  const code = await main({ root, argv: ['model', 'build'], catalogue: async () => catalogue })
  const commanded = performance.now() - started
  process.stdout.write = write
  if (code !== 0) throw new Error(`model build ended with ${code}`)
  print('the whole command model build of them / the same', commanded / plain, 3)
}

/** What any tool must do: build, ask the promises, publish, remember, in one transaction for each. */
async function plainBuild(path: string, publications: readonly Publication[]): Promise<number> {
  const warehouse = await openDuckdb(path)
  await warehouse.close()
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  const began = performance.now()
  for (const { relation, token, select, audits } of publications) {
    await connection.run('begin transaction')
    await connection.runAndReadAll(
      `insert into ops.fences values ('${relation}', ${token}) on conflict (relation) do update set token = excluded.token where fences.token <= excluded.token returning token`,
    )
    await connection.run('create schema if not exists marts')
    await connection.run(`create or replace table ${relation} as ${select}`)
    for (const { sql } of audits) await connection.runAndReadAll(`select * from (${sql}) limit 6`)
    await connection.runAndReadAll(`select count(*) from ${relation}`)
    await connection.run(
      `insert or replace into ops.builds (model, kind, token, rows) values ('${relation}', 'table', ${token}, 1)`,
    )
    await connection.run('commit')
  }
  const took = performance.now() - began
  connection.closeSync()
  instance.closeSync()
  return took
}

async function merging(path: string): Promise<void> {
  const rows = (from: number, to: number, day: string): string =>
    `select i as id, timestamptz '${day} 12:00:00Z' as seen, 'customer ' || i as label, cast(i % 1000 as decimal(38,9)) as total from range(${from}, ${to}) as r(i)`
  const changed = `${rows(1_950_000, 2_050_000, '2026-06-29')} union all ${rows(1_950_000, 1_951_000, '2026-06-28')}`
  const fill = async (file: string): Promise<void> => {
    const warehouse = await openDuckdb(file)
    await warehouse.local.run(`create schema marts; create table marts.seen as ${rows(0, 2_000_000, '2026-06-27')}`)
    await warehouse.close()
  }
  await fill(path)
  await fill(`${path}.plain`)
  const warehouse = await openDuckdb(path)
  const began = performance.now()
  await warehouse.publish({
    kind: 'incremental',
    strategy: 'merge',
    relation: 'marts.seen',
    token: 1,
    select: changed,
    time: 'seen',
    key: ['id'],
    partition: [],
    interval: { from: '2026-06-28T00:00:00.000000Z', to: '2026-06-30T00:00:00.000000Z' },
    anew: false,
    schemaChange: 'fail',
    audits: [],
  })
  const merged = performance.now() - began
  await warehouse.close()
  print(
    '100,000 changed rows merged into 2,000,000 / the plain MERGE, newest of each key',
    merged / (await plainMerge(`${path}.plain`, changed)),
    1.3,
  )
}

async function plainMerge(path: string, changed: string): Promise<number> {
  const warehouse = await openDuckdb(path)
  const began = performance.now()
  await warehouse.local.run(`merge into marts.seen as t using (select * from (${changed}) qualify row_number() over (partition by id order by seen desc) = 1) as m on t.id = m.id
    when matched and m.seen >= t.seen then update set seen = m.seen, label = m.label, total = m.total
    when not matched then insert values (m.id, m.seen, m.label, m.total)`)
  const took = performance.now() - began
  await warehouse.close()
  return took
}
