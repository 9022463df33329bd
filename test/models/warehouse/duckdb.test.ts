import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import { warehouseSuite } from '../../suite/warehouse.ts'

warehouseSuite({
  name: 'DuckDB',
  open: path => openDuckdb(path, { threads: 2 }),
  module: { url: new URL('../../../models/warehouse/duckdb/duckdb.ts', import.meta.url).href, exported: 'openDuckdb' },
  breaking: "select case when id = 500000 then error('boom') else id end as id from range(1000000) as r(id)",
  endless: file => [
    { sql: `copy (select 1) to '${file}'` },
    { sql: 'select count(*) from range(100000000) as a(x), range(100000000) as b(y) where (x * y) % 7 = 3' },
  ],
})
