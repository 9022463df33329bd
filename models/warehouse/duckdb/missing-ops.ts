import { existsSync } from 'node:fs'
import { quote } from '../../../contracts/admission.ts'
import { opsColumns } from '../ops.ts'
import { openDuckdb } from './duckdb.ts'

/** The columns of `ops` that a warehouse file lacks; it is only read. All of them where there is no file yet. */
export async function missingOps(path: string): Promise<readonly string[]> {
  if (!existsSync(path)) return opsColumns
  const beside = await openDuckdb(':memory:', { threads: 1 })
  try {
    await beside.local.run(`attach ${quote(path)} as standing (read_only)`)
    const rows = await beside.local.query(
      `select table_name || '.' || column_name as name from duckdb_columns() where database_name = 'standing' and schema_name = 'ops'`,
    )
    const known = new Set(rows.map(({ name }) => String(name)))
    return opsColumns.filter(column => !known.has(column))
  } finally {
    await beside.close()
  }
}
