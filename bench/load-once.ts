import '../bin/allocator.js'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { order } from '../contracts/storefront/order.ts'
import { gate } from '../jobs/gate/gate.ts'
import { gatherParts, stageRejects } from '../jobs/load-parts.ts'
import { rejectStatements } from '../jobs/reject-statements.ts'
import { orders } from '../jobs/sources/shopify/orders.ts'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import { merge } from '../models/warehouse/merge.ts'
import { rawTable } from '../models/warehouse/raw.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'

// One process, one load, one way: `gate` is the product's, `yardstick` the engine's own typed reader before the same merge.
const [way, file, lines, longest] = process.argv.slice(2) as [string, string, string, string]
const folder = join(dirname(file), way)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

const claims = orders.claims.filter(({ contract }) => contract === order)
const fields = claims[0]?.fields ?? {}
const facts = { connection: 'north', load: 'bench', extractedAt: '2026-06-30T02:00:00.000000Z' }

// The product runs under its own limit; the yardstick may take what it wants.
const warehouse = await openDuckdb(join(folder, 'warehouse.duckdb'), {
  tempDirectory: join(folder, 'spill'),
  memoryLimit: way === 'gate' ? undefined : '16GB',
})
await warehouse.local.run(`attach if not exists ':memory:' as gate`)
const started = performance.now()
const rejected = way === 'gate' ? await loadThroughGate(warehouse) : await loadTyped(warehouse)
const seconds = (performance.now() - started) / 1000
const [loaded] = await warehouse.query({ sql: 'select count(*) as n from raw.storefront_order' })
await warehouse.close()
process.stdout.write(
  `${JSON.stringify({ seconds, loaded: Number(loaded?.n), rejected, peak: process.resourceUsage().maxRSS / 1024 })}\n`,
)

async function loadThroughGate(into: Warehouse): Promise<number> {
  const gated = await gate(into.local, {
    path: file,
    format: 'ndjson',
    lines: Number(lines),
    longest: Number(longest),
    claims,
    prefix: 'f',
    offset: 0,
    scratch: folder,
  })
  const { parts, counts } = await gatherParts(into.local, claims, [gated])
  const rejects = await stageRejects(into.local, [gated])
  const merged = merge(parts, facts)
  const statements = [
    ...rawTable(order).map(sql => ({ sql })),
    ...merged.statements,
    ...rejectStatements({ rejects, parts, at: facts.extractedAt, ...facts }),
  ]
  await into.apply({ key: 'bench', token: 1, writes: ['raw.storefront_order'], statements, audits: merged.audits })
  return counts.contracts['storefront.order']?.rejected ?? 0
}

async function loadTyped(into: Warehouse): Promise<number> {
  const bags = Object.entries(fields).filter(([, path]) => path.endsWith('.shopMoney.amount'))
  const types: Record<string, string> = {
    id: 'VARCHAR',
    legacyResourceId: 'VARCHAR',
    name: 'VARCHAR',
    customer: 'STRUCT(id VARCHAR)',
    email: 'VARCHAR',
    createdAt: 'TIMESTAMPTZ',
    updatedAt: 'TIMESTAMPTZ',
    processedAt: 'TIMESTAMPTZ',
    fulfillments: 'STRUCT("createdAt" TIMESTAMPTZ)[]',
    cancelledAt: 'TIMESTAMPTZ',
    test: 'BOOLEAN',
    currencyCode: 'VARCHAR',
    displayFinancialStatus: 'VARCHAR',
    displayFulfillmentStatus: 'VARCHAR',
    ...Object.fromEntries(
      bags.map(([, path]) => [path.split('.')[0], 'STRUCT("shopMoney" STRUCT(amount DECIMAL(38,9)))']),
    ),
    shippingAddress: 'STRUCT("countryCodeV2" VARCHAR, zip VARCHAR)',
    tags: 'VARCHAR[]',
  }
  const columns = Object.entries(types)
    .map(([name, type]) => `"${name}": '${type}'`)
    .join(', ')
  const select = Object.entries(fields).map(([column, path]) => {
    const access = path
      .split('.')
      .map(part => (part === '0' ? '[1]' : `."${part}"`))
      .join('')
      .slice(1)
    return `${column === 'tags' ? 'to_json(tags)' : access} as "${column}"`
  })
  await into.local.run(
    `create table gate.typed as select ${select.join(', ')} from read_json('${file}', format='newline_delimited', columns={${columns}})`,
  )
  await into.local.run(
    `create view gate.stage as select *, rowid as _position, 0::bigint as _ordinal, null::json as _extra from gate.typed`,
  )
  const merged = merge(
    [{ contract: order, stages: ['gate.stage'], inline: false, presence: false, empty: false }],
    facts,
  )
  await into.apply({
    key: 'bench',
    token: 1,
    writes: ['raw.storefront_order'],
    statements: [...rawTable(order).map(sql => ({ sql })), ...merged.statements],
    audits: merged.audits,
  })
  return 0
}
