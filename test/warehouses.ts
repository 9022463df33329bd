import { join } from 'node:path'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'

/** What differs between two runs by its nature: who did it, when by the wall clock, and under which token. */
const ownOfARun = ['run', 'token', 'published_at', 'remote', 'house']

/** Every row of every table and view, as text. */
export async function warehouseOf(root: string): Promise<readonly string[]> {
  const warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
  const rows: string[] = []
  try {
    const relations = await warehouse.query({
      sql: `select table_schema || '.' || table_name as relation from information_schema.tables where table_schema in ('raw', 'staging', 'marts', 'ops') and table_name not in ('house', 'fences') order by 1`,
    })
    for (const { relation } of relations) {
      const columns = (await warehouse.columns(String(relation))) ?? []
      const kept = columns.filter(({ name }) => !ownOfARun.includes(name)).map(({ name }) => `"${name}"`)
      const units = relation === 'ops.loads' ? 'where pipeline is not null' : ''
      for await (const batch of warehouse.stream({ sql: `select ${kept.join(', ')} from ${relation} ${units}` }))
        for (const row of batch)
          rows.push(
            `${relation} ${JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
          )
    }
  } finally {
    await warehouse.close()
  }
  return rows.sort()
}

/** The first rows that only one of two warehouses has. */
export function differences(found: readonly string[], expected: readonly string[]): readonly string[] {
  const [a, b] = [new Set(found), new Set(expected)]
  return [
    ...found.filter(row => !b.has(row)).map(row => `only here: ${row}`),
    ...expected.filter(row => !a.has(row)).map(row => `missing: ${row}`),
    ...(found.length === expected.length ? [] : [`${found.length} rows, expected ${expected.length}`]),
  ].slice(0, 6)
}
