import { fileURLToPath } from 'node:url'
import { name } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { order } from '../../contracts/storefront/order.ts'
import { orderLine } from '../../contracts/storefront/order-line.ts'
import { catalogue } from '../../jobs/catalogue.ts'
import { compileModels } from '../../models/compiler/compile.ts'
import { filled } from '../../models/compiler/parameters.ts'
import type { Model } from '../../models/model.ts'
import { openDuckdb } from '../../models/warehouse/duckdb/duckdb.ts'
import { opsRelations } from '../../models/warehouse/ops.ts'
import { rawName, rawRelation, rawTable } from '../../models/warehouse/raw.ts'
import type { Cell, Cells, Warehouse } from '../../models/warehouse/warehouse.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export const contracts: readonly Contract[] = catalogue.contracts

export const knownRelations: readonly string[] = [...opsRelations, ...contracts.map(contract => rawName(contract))]

/** A warehouse in memory whose raw tables hold what a test gives them, for the project's own models. */
export interface Fixture {
  readonly warehouse: Warehouse
  readonly models: readonly Model[]
  /** Adds a record; what it does not name is null, or what is ordinary. */
  add(contract: Contract, connection: string, record: Readonly<Record<string, Cell>>): Promise<void>
  /** Builds a model and all that it reads, audits and all; then its rows. */
  build(relation: string, now?: string): Promise<readonly Cells[]>
  /** Builds every model once. */
  buildAll(): Promise<void>
  /** Takes all records away, so that the next test begins with none. */
  clear(): Promise<void>
  close(): Promise<void>
}

const connections = [
  ['north', 'shopify', 'Nordlicht', 'EU', 'EUR', 'Europe/Berlin'],
  ['north-erp', 'erp', 'Nordlicht', 'EU', 'EUR', 'Europe/Berlin'],
  ['north-wms', 'wms', 'Nordlicht', 'EU', 'EUR', 'Europe/Berlin'],
  ['south', 'shopify', 'Sundown', 'US', 'USD', 'America/New_York'],
  ['south-erp', 'erp', 'Sundown', 'US', 'USD', 'America/New_York'],
] as const

export async function fixture(): Promise<Fixture> {
  const warehouse = await openDuckdb(':memory:', { threads: 1 })
  const { local } = warehouse
  for (const sql of contracts.flatMap(contract => rawTable(contract))) await local.run(sql)
  for (const row of connections)
    await local.run(`insert into ops.connections values (${row.map(cell => `'${cell}'`).join(', ')})`)
  const models = await compileModels({ root, known: knownRelations })
  let token = 0
  const publish = (model: Model, now: string): Promise<unknown> =>
    warehouse.publish({
      relation: model.relation,
      kind: model.header.kind === 'view' ? 'view' : 'table',
      token: ++token,
      select: filled(model.sql, { now }),
      audits: model.audits({ rows: model.relation, all: model.relation, now }),
    })
  return {
    warehouse,
    models,
    async add(contract, connection, record) {
      const cells = { ...ordinary[contract.name], ...record, _connection: connection }
      await warehouse.apply({
        key: `${token++}`,
        token,
        writes: [rawRelation(contract)],
        statements: [
          {
            sql: `insert into ${rawRelation(contract)} (${Object.keys(cells).map(name).join(', ')}) values (${Object.keys(
              cells,
            )
              .map((_, index) => `$${index + 1}`)
              .join(', ')})`,
            parameters: Object.values(cells),
          },
        ],
      })
    },
    async build(relation, now = someNow) {
      for (const model of upstream(models, relation)) await publish(model, now)
      return warehouse.query({ sql: `select * from ${relation}` })
    },
    async buildAll() {
      for (const model of models) await publish(model, someNow)
    },
    async clear() {
      await local.run(contracts.map(contract => `delete from ${rawRelation(contract)}`).join('; '))
    },
    close: () => warehouse.close(),
  }
}

const someNow = '2026-06-30T03:00:00.000000Z'

function upstream(models: readonly Model[], relation: string): readonly Model[] {
  const wanted = new Set([relation])
  for (const model of models.toReversed())
    if (wanted.has(model.relation)) for (const read of model.reads) wanted.add(read)
  return models.filter(model => wanted.has(model.relation))
}

/** What every record of a contract has; money that a test does not name is zero. */
const ordinary: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
  'storefront.order': {
    test: false,
    currency: 'EUR',
    financial_status: 'PAID',
    fulfillment_status: 'FULFILLED',
    created_at: '2026-06-01T12:00:00Z',
    updated_at: '2026-06-01T12:00:00Z',
    ordered_at: '2026-06-01T12:00:00Z',
    subtotal: '0',
    total_tax: '0',
    total_discount: '0',
    total_shipping: '0',
    total: '0',
    current_total: '0',
    total_received: '0',
    total_refunded: '0',
    tags: '[]',
  },
  'storefront.customer': { currency: 'EUR', state: 'ENABLED', created_at: '2026-01-01T00:00:00Z', tags: '[]' },
  'storefront.refund': { currency: 'EUR', updated_at: '2026-06-10T12:00:00Z' },
  'storefront.order_line': { quantity: 1, current_quantity: 1 },
  'storefront.stock': { active: true, available: 0, on_hand: 0, location: 'Berlin', location_id: 'L1' },
  'erp.invoice': { currency: 'EUR', status: 'open' },
  'wms.stock': { counted_at: '2026-06-29T22:00:00Z' },
}

export interface OrderFacts {
  readonly customer?: string
  readonly at?: string
  readonly total?: string
  readonly refunded?: string
  readonly cancelled?: string
  readonly test?: boolean
  readonly units?: number
  readonly currency?: string
}

/** An order that was paid in full, with one line. */
export async function addOrder(
  on: Fixture,
  [connection, digits]: readonly [string, number],
  facts: OrderFacts,
): Promise<void> {
  const {
    customer: buyer = null,
    at = '2026-06-01T12:00:00Z',
    total = '10.00',
    refunded = '0',
    cancelled = null,
  } = facts
  const orderId = `gid://shopify/Order/${digits}`
  await on.add(order, connection, {
    order_id: orderId,
    legacy_id: `${digits}`,
    name: `#${digits}`,
    customer_id: buyer,
    ordered_at: at,
    cancelled_at: cancelled,
    test: facts.test ?? false,
    currency: facts.currency ?? 'EUR',
    total,
    current_total: total,
    total_received: total,
    total_refunded: refunded,
  })
  await on.add(orderLine, connection, {
    line_id: `gid://shopify/LineItem/${digits}`,
    order_id: orderId,
    quantity: facts.units ?? 1,
    total,
  })
}
