import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Cells, Local } from '../../../models/warehouse/warehouse.ts'

/** A local engine in memory, with the catalog that the gate writes to. */
export async function memoryLocal(threads?: number): Promise<Local> {
  const instance = await DuckDBInstance.create(':memory:', threads === undefined ? {} : { threads: String(threads) })
  const connection = await instance.connect()
  await connection.run(`set TimeZone='UTC'; attach ':memory:' as gate`)
  const query = (sql: string): Promise<readonly Cells[]> => rows(connection, sql)
  return {
    run: async sql => void (await connection.run(sql)),
    query,
    async *read(relation, columns) {
      yield await query(`select ${columns.join(', ')} from ${relation}`)
    },
  }
}

async function rows(connection: DuckDBConnection, sql: string): Promise<readonly Cells[]> {
  const read = await connection.runAndReadAll(sql)
  return read
    .getRowObjects()
    .map(row =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'object' && value !== null ? String(value) : value,
        ]),
      ),
    ) as Cells[]
}
