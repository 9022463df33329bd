import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import { type Sandbox, startSandbox } from '../sandbox/command.ts'
import type { Truth } from '../sandbox/truth.ts'
import { apart, boomerang } from './project.ts'

let root: string
let sandbox: Sandbox
let truth: Truth

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'night-'))
  sandbox = await startSandbox({ dir: join(root, '.boomerang', 'sandbox'), orders: 600 })
  await sandbox.advance()
  const { code, out } = await apart(root, 'run')
  expect(out).toContain('The night of 2026-06-30 02:00Z: done')
  expect(code).toBe(0)
  truth = await sandbox.truth()
}, 120_000)
afterAll(async () => {
  await sandbox.stop()
  rmSync(root, { recursive: true, force: true })
})

type Found = Readonly<Record<string, unknown>>

async function query(sql: string): Promise<readonly Found[]> {
  const warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
  try {
    return await warehouse.query({ sql })
  } finally {
    await warehouse.close()
  }
}

const texts = (rows: readonly Found[], ...columns: readonly string[]): readonly string[] =>
  rows.map(row => columns.map(column => String(row[column])).join(' ')).sort()

/** `storefront`, `order`, `north` → the contract and the connection that it means. */
const contracts: Readonly<Record<string, string>> = {
  'storefront stock': 'storefront.stock',
  'wms stock': 'wms.stock',
  'erp refund': 'erp.refund',
}
const contractOf = (system: unknown, object: unknown): string =>
  contracts[`${system} ${object}`] ?? `${system}.${object}`
const connectionOf = (system: unknown, shop: unknown): string =>
  system === 'storefront' ? String(shop) : `${system}-${shop}`

describe('after the first night', () => {
  it('every planted bad record is a reject that names what it broke, and nothing else is', async () => {
    const expected = [
      ...truth.rejects.map(({ system, shop, object, key, column }) => ({
        connection: connectionOf(system, shop),
        contract: contractOf(system, object),
        record: key,
        column,
      })),
      ...truth.orphans.map(({ shop, object, key }) => ({
        connection: shop,
        contract: contractOf('storefront', object),
        record: key,
        column: 'order_id',
      })),
      ...truth.unclaimed.map(({ shop }) => ({ connection: shop, contract: 'unclaimed', record: null, column: 'id' })),
    ]
    const found =
      await query(`select connection, contract, record, json_extract_string(breaches, '$[0].column') as "column" from ops.rejects
      where state = 'open' and json_extract_string(breaches, '$[0].code') <> 'parent_rejected'`)
    expect(texts(found, 'connection', 'contract', 'record', 'column')).toEqual(
      texts(expected, 'connection', 'contract', 'record', 'column'),
    )
  })

  it('every child of a rejected order waits with it', async () => {
    const [row] =
      await query(`select count(*) as waiting from ops.rejects where json_extract_string(breaches, '$[0].code') = 'parent_rejected'
      and json_extract_string(breaches, '$[0].found') not in (select record from ops.rejects where record is not null)`)
    expect(row?.waiting).toBe(0n)
  })

  it('the lines of every refund are read in the same night, and those of a partial one add up to its money', async () => {
    const [row] = await query(`select count(*) as refunds, count(d.refund_id) as read,
        count(*) filter (r.amount < o.total) as partial, count(*) filter (r.amount < o.total and r.amount = l.amount) as equal
      from raw.storefront_refund as r
      join raw.storefront_order as o using (_connection, order_id)
      left join raw.storefront_refund_detail as d using (_connection, refund_id)
      left join (select _connection, refund_id, sum(amount) as amount from raw.storefront_refund_line group by all) as l using (_connection, refund_id)`)
    expect(Number(row?.partial)).toBeGreaterThan(0)
    expect([row?.read, row?.equal]).toEqual([row?.refunds, row?.partial])
  })

  it('every planted difference between orders and invoices is found with the money at risk, and nothing else is', async () => {
    const found = await query(
      `select connection as shop, kind, json_extract_string(detail, '$.order_id') as order_id, at_risk::decimal(18,2)::varchar as money_at_risk from ops.findings where check_name = 'invoices'`,
    )
    expect(texts(found, 'shop', 'kind', 'order_id', 'money_at_risk')).toEqual(
      texts(truth.invoices, 'shop', 'kind', 'order_id', 'money_at_risk'),
    )
    expect(found.length).toBeGreaterThan(0)
  })

  it('every planted difference between shop and shelf is found, and nothing else is', async () => {
    const found = await query(
      `select connection as shop, kind, json_extract_string(detail, '$.sku') as sku, json_extract_string(detail, '$.location') as location from ops.findings where check_name = 'shelf-stock'`,
    )
    expect(texts(found, 'shop', 'kind', 'sku', 'location')).toEqual(
      texts(truth.stock, 'shop', 'kind', 'sku', 'location'),
    )
  })

  it('the planted fall in volume is found where it shows, and nothing else is', async () => {
    const found = await query(`select check_name, connection, key from ops.findings where check_name like 'volume%'`)
    const expected = truth.volume.map(({ object, shop, day }) => ({
      check_name: `volume of ${object}s`,
      connection: object === 'order' ? shop : `erp-${shop}`,
      key: day,
    }))
    expect(texts(found, 'check_name', 'connection', 'key')).toEqual(texts(expected, 'check_name', 'connection', 'key'))
  })

  it('no order is lost and none is there twice: placed = loaded + rejected', async () => {
    const rows =
      await query(`select _connection as shop, count(*) as loaded, count(distinct order_id) as distinct_orders from raw.storefront_order
      where ordered_at < timestamptz '2026-06-30 00:00:00+00' group by 1`)
    for (const shop of ['north', 'south']) {
      const bad = truth.rejects.filter(reject => reject.object === 'order' && reject.shop === shop).length
      const row = rows.find(each => each.shop === shop)
      expect(Number(row?.loaded) + bad).toBe(truth.counts[`${shop} order`])
      expect(row?.distinct_orders).toBe(row?.loaded)
    }
  })

  it('one customer of both shops is one person, and has a score in each', async () => {
    const rows =
      await query(`select c.connection from marts.customers as c join marts.customer_loyalty as l on l.connection = c.connection and l.customer_id = c.customer_id
      where c.customer_uid in (select customer_uid from marts.customers group by customer_uid having count(distinct connection) > 1)`)
    expect(rows.map(row => row.connection).sort()).toEqual(['north', 'south'])
  })

  it('what the storefronts and the CRM hold is what the mart says, for every customer', async () => {
    const writes = await sandbox.writes()
    const rows = await query(
      'select connection, customer_id, loyalty_score::varchar as score, loyalty_tier as tier from marts.customer_loyalty order by all',
    )
    for (const { connection, customer_id, score, tier } of rows) {
      expect(writes[`storefront.${connection}`]?.[String(customer_id)]).toEqual({
        'boomerang.loyalty_score': score,
        'boomerang.loyalty_tier': tier,
      })
      expect(writes[`crm.${connection}`]?.[String(customer_id)]).toMatchObject({
        loyalty_score: score,
        loyalty_tier: tier,
      })
    }
    expect(rows.length).toBeGreaterThan(100)
  })

  it('every change sent has one receipt', async () => {
    const [row] = await query(
      `select count(*) as receipts, count(distinct key) as keys, count(*) filter (state = 'acked') as acked from ops.receipts`,
    )
    expect(row?.receipts).toBe(row?.keys)
    expect(row?.acked).toBe(row?.receipts)
  })

  it('the log holds no secret, no e-mail address and no street', async () => {
    const folder = join(root, '.boomerang', 'logs')
    const log = readdirSync(folder)
      .map(file => readFileSync(join(folder, file), 'utf8'))
      .join('')
    expect(log.length).toBeGreaterThan(100)
    expect(log).not.toMatch(/shpat_|pat_sandbox|@example\.com|Harbour Street/)
  })

  it('trace shows the whole way of an order and of a customer', async () => {
    const [order] = await query(
      `select o.legacy_id from raw.storefront_order as o join raw.erp_invoice as i on i.order_id = o.legacy_id where o._connection = 'north' and not o.test
        and o.customer_id in (select customer_id from marts.customer_loyalty where connection = 'north') order by 1 limit 1`,
    )
    const traced = await boomerang(root, 'trace', String(order?.legacy_id))
    for (const stage of ['emitted', 'extracted', 'judged', 'loaded', 'modelled', 'sent', 'acknowledged'])
      expect(traced.out).toContain(stage)
    expect(traced.out).toMatch(/invoice INV-/)
    const [customer] = await query(`select customer_id from marts.customer_loyalty where connection = 'south' limit 1`)
    const way = await boomerang(root, 'trace', String(customer?.customer_id))
    expect(way.out).toContain('loyalty-to-crm: acked')
    expect(way.out).toContain('loyalty-to-storefront: acked')
    const times = way.out.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/gm) ?? []
    expect(times).toEqual(times.toSorted())
    const [person] = await query(
      `select email from raw.storefront_customer where customer_id = '${customer?.customer_id}'`,
    )
    const byAddress = await boomerang(root, 'trace', String(person?.email))
    expect(byAddress.out).toContain('loyalty-to-storefront: acked')
    expect(byAddress.out).not.toContain('@')
  })

  it('rejects are listed by what they broke, and show nothing of a person', async () => {
    const { out, code } = await boomerang(root, 'rejects', '--limit', '500')
    expect(code).toBe(0)
    expect(out).toContain('ordered_at')
    expect(out).not.toMatch(/not-an-address|Harbour Street/)
  })

  it('the same night again does nothing', async () => {
    const { out, code } = await boomerang(root, 'run')
    expect(out).toContain('nothing to do')
    expect(code).toBe(0)
  })

  it('doctor finds every connection well and in its own account', async () => {
    const { out, code } = await boomerang(root, 'doctor')
    expect(out).not.toMatch(/^fail/m)
    expect(code).toBe(0)
  })
})

describe('after the second night', () => {
  it('only what changed is read and sent, the corrected order is loaded, and its reject is resolved', async () => {
    const before = truth
    await sandbox.advance()
    const { code, out } = await boomerang(root, 'run', '--json')
    expect(code).toBe(0)
    const summary = JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as {
      readonly counts: Readonly<Record<string, number>>
    }
    truth = await sandbox.truth()
    expect(summary.counts.sent).toBeLessThan(100)
    const [orders] = await query(
      `select json_extract(counts, '$.delivered')::integer as delivered from ops.loads where pipeline = 'storefront.orders' and connection = 'north' order by "at" desc limit 1`,
    )
    expect(Number(orders?.delivered)).toBeLessThan(150)
    const corrected = before.rejects
      .filter(reject => reject.column === 'ordered_at' && !truth.rejects.some(other => other.key === reject.key))
      .map(({ key }) => String(key))
    expect(corrected).toHaveLength(2)
    const resolved = await query(
      `select record, state from ops.rejects where contract = 'storefront.order' and record in (${corrected.map(key => `'${key}'`).join(', ')})`,
    )
    expect(resolved.map(({ state }) => state)).toEqual(['resolved', 'resolved'])
    const loaded = await query(
      `select order_id from raw.storefront_order where order_id in (${corrected.map(key => `'${key}'`).join(', ')})`,
    )
    expect(loaded).toHaveLength(2)
  }, 120_000)

  it('what changed without a word from its parent is read all the same', async () => {
    const [variants, left] = ['variant', 'collection_product'].map(object =>
      truth.quiet.filter(each => each.object === object),
    )
    const priced = await query(
      `select v._connection as shop, v.variant_id as key, v.price::decimal(18,2)::varchar as price, v.updated_at > p.updated_at as later
      from raw.storefront_variant as v join raw.storefront_product as p using (_connection, product_id)`,
    )
    for (const { shop, key, price } of variants ?? []) expect(priced).toContainEqual({ shop, key, price, later: true })
    const held = await query(
      'select _connection as shop, collection_id as key, product_id as product from raw.storefront_collection_product',
    )
    for (const { shop, key, product } of left ?? []) expect(held).not.toContainEqual({ shop, key, product })
    expect([variants?.length, left?.length]).toEqual([2, 2])
  })

  it('a shop stands in the warehouse as it is, down to the last record of what it holds beside orders', async () => {
    const beside = ['collection', 'collection_product']
    const counted = beside.map(
      object =>
        `select _connection || ' ${object}' as what, count(*) as standing from raw.storefront_${object} where _deleted_at is null group by all`,
    )
    const found = await query(counted.join(' union all '))
    const expected = ['north', 'south'].flatMap(shop => beside.map(object => `${shop} ${object}`))
    expect(Object.fromEntries(found.map(({ what, standing }) => [what, Number(standing)]))).toEqual(
      Object.fromEntries(expected.map(what => [what, truth.counts[what]])),
    )
  })
})

describe('a source, looked at by hand', () => {
  it('says what can be read with the rights that there are', async () => {
    const { out, code } = await boomerang(root, 'source', 'check', 'north')
    expect(code).toBe(0)
    expect(out).toMatch(/^ok +north +answers as gid:\/\/shopify\/Shop\//m)
    expect(out).toMatch(/^ok +storefront\.orders +can be read$/m)
    expect(out).not.toMatch(/^(warn|fail)/m)
  })

  it('says which columns stand where', async () => {
    const { out } = await boomerang(root, 'source', 'discover', 'north')
    expect(out).toMatch(/^ +transaction_id \(key\) +transactions\[\]\.id +a global id of a OrderTransaction$/m)
    expect(out).toMatch(/^sweep\.orders {2}ndjson, every 7 days, whole, changed by: none: all of it is read$/m)
  })

  it('shows the first records as their contract reads them, and nothing of a person', async () => {
    const { out, code } = await boomerang(root, 'source', 'sample', 'north', 'storefront.customers', '--limit', '3')
    expect(code).toBe(0)
    expect(out.match(/customer_id +gid:/g)).toHaveLength(3)
    expect(out).toMatch(/email +•••/)
    expect(out).not.toContain('@example.com')
  })

  it('shows a bad record with the promise that it broke', async () => {
    const { out } = await boomerang(root, 'source', 'sample', 'wms-north', 'wms.stock', '--limit', '40')
    expect(out).toMatch(/^rejected +wms\.stock .*on_hand: .*promised a whole number/m)
  })

  it('that is not there is a mistake in words', async () => {
    const { out, err, code } = await boomerang(root, 'source', 'sample', 'north', 'storefront.order')
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('did you mean storefront.orders?')
  })
})

describe('days of the past, asked for once more', () => {
  const days = ['--connection', 'north', '--from', '2026-06-10', '--to', '2026-06-12'] as const

  it('are shown before anything is done', async () => {
    const { out, code } = await boomerang(root, 'backfill', 'storefront.orders', ...days, '--newest-first', '--dry-run')
    expect(code).toBe(0)
    expect(out.split('\n').map(line => line.trim().split(/ {2,}/))).toEqual([
      ['storefront.orders north from 2026-06-10 to before 2026-06-12, newest first: 2 days. Nothing was done.'],
      ['2026-06-11', 'storefront.orders', 'north', '2026-06-10 22:00Z to 2026-06-11 22:00Z'],
      ['2026-06-10', 'storefront.orders', 'north', '2026-06-09 22:00Z to 2026-06-10 22:00Z'],
      [''],
    ])
  })

  it('bring what was lost, and leave the nights where they are', async () => {
    const whole = await query('select order_id, updated_at from raw.storefront_order order by order_id')
    const ofThem = `_connection = 'north' and updated_at >= '2026-06-09T22:00:00Z' and updated_at < '2026-06-11T22:00:00Z'`
    const warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
    const [lost] = await warehouse.local.query(`select count(*) as n from raw.storefront_order where ${ofThem}`)
    await warehouse.local.run(`delete from raw.storefront_order where ${ofThem}`)
    await warehouse.close()
    expect(Number(lost?.n)).toBeGreaterThan(0)
    const before = (await boomerang(root, 'status')).out
    const { out, code } = await boomerang(root, 'backfill', 'storefront.orders', ...days)
    expect(out).toContain('start   load storefront.orders north 2026-06-11')
    expect(code).toBe(0)
    expect(await query('select order_id, updated_at from raw.storefront_order order by order_id')).toEqual(whole)
    expect((await boomerang(root, 'status')).out).toBe(before)
  })

  it.each([
    [['storefront.stock', '--from', '2026-06-01', '--to', '2026-06-02'], 'each reading brings all that there is'],
    [['storefront.orders', '--from', '2026-06-01', '--to', '2026-02-30'], '2026-02-30 is no day'],
    [['storefront.orders', '--from', '2026-06-02', '--to', '2026-06-02'], 'there is no day'],
    [['storefront.orders', '--from', '2026-06-02', '--to', '2027-06-02'], 'is not over yet'],
    [['storefront.orders', '--from', '2026-06-02', '--to', '9999-12-31'], 'is not over yet'],
    [['storefront.orders', '--from', '1950-01-01', '--to', '2026-06-02'], '10000 are the most'],
    [['storefront.oders', '--from', '2026-06-01', '--to', '2026-06-02'], 'there is no pipeline storefront.oders'],
  ])('that cannot be asked for are a mistake in words (%j)', async (argv, says) => {
    const { err, out, code } = await boomerang(root, 'backfill', ...argv)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
  })
})

describe('what was delivered, loaded again', () => {
  const asked = async (): Promise<number> =>
    Object.entries(await sandbox.calls())
      .filter(([call]) => call.startsWith('storefront.'))
      .reduce((sum, [, count]) => sum + count, 0)

  it('brings back what was lost in the warehouse, and asks the source nothing', async () => {
    const whole = await query('select order_id, updated_at from raw.storefront_order order by order_id')
    const warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
    await warehouse.local.run(`delete from raw.storefront_order where _connection = 'north' and _position % 3 = 0`)
    await warehouse.close()
    const before = await asked()
    const { out, code } = await boomerang(root, 'replay', 'storefront.orders', 'north')
    expect(code).toBe(0)
    expect(out).toContain('Loading 4 landings of storefront.orders north again.')
    expect(await query('select order_id, updated_at from raw.storefront_order order by order_id')).toEqual(whole)
    expect(await asked()).toBe(before)
  })

  it('of a day that was not delivered says which were', async () => {
    const { err, code } = await boomerang(root, 'replay', 'storefront.orders', 'north', '2025-01-01')
    expect(code).toBe(2)
    expect(err).toMatch(/Kept are those up to 2026-06-30 02:00Z, .*2026-07-01 02:00Z; the first begins at 2026-.*Z\./)
    const none = await boomerang(root, 'replay', 'storefront.orders', 'north', 'tomorrow')
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('tomorrow is no day')])
  })

  it('does not stand in the way of the next night', async () => {
    const { out } = await boomerang(root, 'run')
    expect(out).toContain('The night of 2026-07-01 02:00Z is done, nothing to do')
    expect((await boomerang(root, 'status')).out).toContain('2026-07-01')
  })
})
