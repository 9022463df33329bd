import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Interval } from '../../../../contracts/connection.ts'
import { tableOf } from '../../../../contracts/contract.ts'
import { catalogue } from '../../../../jobs/catalogue.ts'
import { extract } from '../../../../jobs/extract.ts'
import type { Report, Step } from '../../../../jobs/job.ts'
import { load } from '../../../../jobs/load.ts'
import { further, shopWith } from '../../../../jobs/sources/shopify/shopify.ts'
import type { SourceObject } from '../../../../jobs/sources/source.ts'
import { writtenBy } from '../../../../jobs/written.ts'
import { type Sandbox, startSandbox } from '../../../../sandbox/command.ts'
import type { Truth } from '../../../../sandbox/truth.ts'
import { connectionTo } from '../../../sinks/outside.ts'
import { type TestRoom, testRoom } from '../../room.ts'

const shop = shopWith(...further)

let dir: string
let sandbox: Sandbox
let room: TestRoom
let truth: Truth
let firstNight: Interval
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'further-'))
  sandbox = await startSandbox({ dir, orders: 600, polls: 2 })
  await sandbox.advance()
  const { url, token } = sandbox.config().storefronts.north
  room = await testRoom({
    catalogue: { contracts: catalogue.contracts, sources: [shop] },
    connections: [connectionTo(url, { secrets: { token } })],
  })
}, 60_000)
afterAll(async () => {
  await room.end()
  await sandbox.stop()
  await rm(dir, { recursive: true, force: true })
})

function stepOf(object: SourceObject, interval: Interval, again?: string): Step {
  const args = { pipeline: object.name, connection: 'north', interval: { ...interval }, closes: again === undefined }
  const writes = writtenBy(object, room.catalogue).map(contract => `raw.${tableOf(contract)}`)
  room.token += 1
  const asked = again === undefined ? args : { ...args, again }
  return { id: object.name, job: 'extract', args: asked, after: [], writes, risk: 'analytical' }
}

/** Reads and loads every further object for one night; the reports of its loads, by object. */
async function night(from: string): Promise<ReadonlyMap<string, Report>> {
  const { now } = sandbox.config()
  truth = await sandbox.truth()
  const reports = new Map<string, Report>()
  for (const object of further) {
    const step = stepOf(object, { from, to: now })
    const tonight = { ...room, now: () => new Date(now) }
    await extract.run(tonight, step)
    reports.set(object.name, await load.run(tonight, step))
  }
  return reports
}

const contracts = [
  ...new Set(further.flatMap(object => shop.objects.find(({ name }) => name === object.name)?.claims ?? [])),
].map(({ contract }) => contract)

/** How many records of each contract stand that the shop counts too. */
async function standing(): Promise<Readonly<Record<string, number>>> {
  const counted: Record<string, number> = {}
  for (const contract of contracts) {
    const name = `north ${contract.name.replace('storefront.', '')}`
    if (truth.counts[name] === undefined) continue
    const sql = `select count(*) as n from raw.${tableOf(contract)} where _deleted_at is null`
    counted[name] = Number((await room.opened.query({ sql }))[0]?.n)
  }
  return counted
}

const shared = (counted: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.keys(counted).map(name => [name, truth.counts[name] ?? Number.NaN]))

describe('what a shop holds beyond orders', () => {
  it('stands after the first night as the shop counts it, and nothing of it is rejected', async () => {
    firstNight = { from: '2026-01-01T00:00:00.000000Z', to: sandbox.config().now }
    const reports = await night(firstNight.from)
    expect([...reports].map(([name, { counts }]) => [name, counts.rejected])).toEqual(
      further.map(({ name }) => [name, 0]),
    )
    const found = await standing()
    expect(found).toEqual(shared(found))
    expect(Object.keys(found).length).toBeGreaterThan(0)
  }, 60_000)

  it('stands after the second as it is then', async () => {
    const before = sandbox.config().now
    await sandbox.advance()
    await night(before)
    const found = await standing()
    expect(found).toEqual(shared(found))
  }, 60_000)

  it('says what has become of a discount, a draft and a checkout since the first', async () => {
    const [row] = await room.opened.query({
      sql: `select (select count(*) from raw.storefront_discount where status = 'EXPIRED' and ends_at is not null) as expired,
        (select count(*) from raw.storefront_draft_order where status = 'COMPLETED' and order_id is not null) as ordered,
        (select count(*) from raw.storefront_checkout where completed_at is not null) as completed`,
    })
    expect(row).toEqual({ expired: 1n, ordered: 1n, completed: 1n })
  })

  it('holds no token that opens a customer’s cart', async () => {
    const [row] = await room.opened.query({
      sql: `select count(*) > 0 as found, count(*) filter (line_id like '%?%' or _extra is not null) as with_token from raw.storefront_checkout_line`,
    })
    expect(row).toEqual({ found: true, with_token: 0n })
  })

  it('shows every code below its discount, as many as the shop counts, and none below an automatic one', async () => {
    const rows = await room.opened.query({
      sql: `select d.type, coalesce(any_value(d.codes), 0) = count(c.code_id) as agrees from raw.storefront_discount as d
        left join raw.storefront_discount_code as c using (_connection, discount_id) group by d.discount_id, d.type order by all`,
    })
    expect(rows).toHaveLength(8)
    for (const row of rows) expect(row).toMatchObject({ agrees: true })
  })

  it('is read where nothing bears an instant: a fixed price that changed, a catalog that was archived, a location that moved', async () => {
    const [row] = await room.opened.query({
      sql: `select (select count(*) from raw.storefront_catalog where status = 'ARCHIVED') as archived,
        (select count(*) from raw.storefront_company_location as l join raw.storefront_company as c using (_connection, company_id)
          where l.updated_at > c.updated_at) as moved,
        (select count(*) from raw.storefront_company where _deleted_by = 'sweep') as gone`,
    })
    expect(row).toEqual({ archived: 1n, moved: 1n, gone: 1n })
    const [lowered] = truth.quiet.filter(({ object, shop: of }) => object === 'price_list_price' && of === 'north')
    const prices = await room.opened.query({
      sql: 'select price_list_id as key, variant_id as variant, price::decimal(18,2)::varchar as price from raw.storefront_price_list_price',
    })
    expect(prices).toContainEqual({ key: lowered?.key, variant: lowered?.variant, price: lowered?.price })
  })

  it.each(['storefront.price_lists', 'storefront.catalogs'])(
    'of the first night, loaded again, changes nothing of the second: %s',
    async name => {
      const object = further.find(each => each.name === name) as SourceObject
      const rows = (): Promise<readonly unknown[]> =>
        Promise.all(
          object.claims.map(({ contract }) => {
            const sql = `select columns(c -> c not like '\\_%' escape '\\') from raw.${tableOf(contract)} order by all`
            return room.opened.query({ sql })
          }),
        )
      const standing = await rows()
      const report = await load.run(room, stepOf(object, firstNight, 'by hand'))
      expect(report.counts.rejected).toBe(0)
      expect(await rows()).toEqual(standing)
    },
  )

  it('shows each payout with what it pays, and that the last has arrived', async () => {
    const rows = await room.opened.query({
      sql: `select p.status, p.net = sum(t.net) as agrees, count(o.owner_id) = count(*) and count(t.transaction_id) = count(*) as known from raw.storefront_payout as p
        join raw.storefront_balance_transaction as t using (_connection, payout_id)
        left join raw.storefront_metafield_owner as o on o.owner_id = t.order_id group by p.payout_id, p.status, p.net order by all`,
    })
    expect(rows).toHaveLength(8)
    for (const row of rows) expect(row).toEqual({ status: 'PAID', agrees: true, known: true })
  })

  it('shows each metafield with the record that it hangs on', async () => {
    const rows = await room.opened.query({
      sql: `select distinct split_part(m.owner_id, '/', 4) as owner, m.namespace || '.' || m.key as field, m.type from raw.storefront_metafield as m
        join raw.storefront_metafield_owner as o using (_connection, owner_id) order by all`,
    })
    expect(rows).toEqual([
      { owner: 'Customer', field: 'custom.shoe_size', type: 'number_integer' },
      { owner: 'Order', field: 'custom.gift_note', type: 'single_line_text_field' },
      { owner: 'Product', field: 'custom.care', type: 'json' },
    ])
  })
})
