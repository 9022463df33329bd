import { expect, it } from 'vitest'
import type { Json } from '../contracts/context.ts'
import type { Contract } from '../contracts/contract.ts'
import { Fault } from '../contracts/fault.ts'
import { deletion } from '../contracts/storefront/deletion.ts'
import { order } from '../contracts/storefront/order.ts'
import { orderLine } from '../contracts/storefront/order-line.ts'
import { refund } from '../contracts/storefront/refund.ts'
import { transaction } from '../contracts/storefront/transaction.ts'
import { extract } from '../jobs/extract.ts'
import type { Step } from '../jobs/job.ts'
import { load } from '../jobs/load.ts'
import { shopify } from '../jobs/sources/shopify/shopify.ts'
import type { SourceObject } from '../jobs/sources/source.ts'
import { writtenBy } from '../jobs/written.ts'
import { connection, type TestRoom, testRoom } from './jobs/room.ts'
import { type LivingShop, livingShop } from './living-shop.ts'

const contracts: readonly Contract[] = [order, orderLine, transaction, refund, deletion]
const pipelines = ['storefront.orders', 'storefront.deletions', 'sweep.orders']
const since = '2026-06-01T00:00:00.000000Z'

/** Nights while the shop lives, and then calm ones. */
const nights = 3
const calmNights = 2

interface House {
  readonly room: TestRoom
  readonly shop: LivingShop
  /** Pipeline to the end of what it has closed. */
  readonly closed: Map<string, string>
  readonly memories: Map<string, Map<string, Json>>
}

async function houseOn(shop: LivingShop): Promise<House> {
  const room = await testRoom({
    catalogue: { contracts, sources: [shopify] },
    connections: [connection('north', { endpoint: 'https://shop.example', secrets: { token: 'a-static-token' } })],
  })
  const living = {
    ...room,
    now: shop.now,
    fetch: shop.fetch,
    sleep: async (ms: number) => shop.pass(ms),
  }
  return { room: living, shop, closed: new Map(), memories: new Map() }
}

/** One pipeline of one night: tried again as the kernel would, and closed only when it is loaded. */
async function answerFor({ room, shop, closed, memories }: House, pipeline: string): Promise<void> {
  const interval = { from: closed.get(pipeline) ?? since, to: shop.now().toISOString().replace('Z', '000Z') }
  const object = shopify.objects.find(({ name }) => name === pipeline) as SourceObject
  const writes = writtenBy(object, room.catalogue).map(({ name }) => `raw.${name.replace('.', '_')}`)
  const args = { pipeline, connection: 'north', interval, closes: true }
  const step: Step = { id: `extract ${pipeline}`, job: 'extract', args, after: [], writes, risk: 'financial' }
  const memory = memories.get(pipeline) ?? new Map<string, Json>()
  memories.set(pipeline, memory)
  const resume: TestRoom['resume'] = {
    get: async name => memory.get(name),
    set: async (name, value) => void (value === undefined ? memory.delete(name) : memory.set(name, value)),
  }
  for (let attempt = 0; attempt < 6; attempt += 1) {
    shop.killed = false
    room.token += 1
    try {
      await extract.run({ ...room, resume }, step)
      await load.run(room, step)
      closed.set(pipeline, interval.to)
      memory.clear()
      return
    } catch (error) {
      if (!shop.killed && !(error instanceof Fault)) throw error
      if (!shop.killed && error instanceof Fault && error.retry === 'never') return
    }
  }
}

const rowsOf = async ({ room }: House, sql: string): Promise<readonly string[]> =>
  (await room.opened.query({ sql })).map(row => Object.values(row).join(' '))

async function standing(house: House): Promise<unknown> {
  return {
    orders: await rowsOf(
      house,
      `select order_id, strftime(updated_at, '%Y-%m-%dT%H:%M:%SZ') from raw.storefront_order where _deleted_at is null order by order_id`,
    ),
    lines: await rowsOf(
      house,
      'select line_id from raw.storefront_order_line where _deleted_at is null order by line_id',
    ),
    twice: await rowsOf(house, 'select order_id from raw.storefront_order group by 1 having count(*) > 1'),
    rejects: await rowsOf(house, `select contract, record from ops.rejects where state = 'open'`),
    gaps: await rowsOf(house, `select id from ops.gaps where state = 'open'`),
    closed: [...house.closed.keys()].sort(),
  }
}

function truthOf({ shop }: House): unknown {
  const held = [...shop.truth()].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    orders: held.map(([id, { at }]) => `${id} ${at}`),
    lines: held.flatMap(([, { lines }]) => lines).sort(),
    twice: [],
    rejects: [],
    gaps: [],
    closed: [...pipelines].sort(),
  }
}

const worlds = Number(process.env.BOOMERANG_WORLDS ?? 3)
const first = Number(process.env.BOOMERANG_WORLD ?? 1)

it(`after the last night the warehouse is what the storefront holds, over ${worlds} worlds that change, vanish and fail`, async () => {
  const struck = new Set<string>()
  for (let seed = first; seed < first + worlds; seed += 1) {
    const house = await houseOn(livingShop(seed))
    try {
      for (let night = 0; night < nights + calmNights; night += 1) {
        house.shop.pass(20 * 3_600_000)
        for (let n = 0; n < 12; n += 1) house.shop.pass(5_000)
        if (night === nights) house.shop.calm()
        for (const pipeline of pipelines) await answerFor(house, pipeline)
      }
      expect(await standing(house), `world ${seed}`).toEqual(truthOf(house))
      const told = await rowsOf(house, `select order_id from raw.storefront_order where _deleted_by = 'event'`)
      for (const what of house.shop.struck.keys()) struck.add(what)
      for (const id of told) expect(house.shop.gone.get(id), `world ${seed}, ${id}`).toBe(true)
    } finally {
      await house.room.end()
    }
  }
  expect([...struck].sort()).toEqual(expect.arrayContaining(faults))
}, 3_600_000)

/** Each of them strikes in any few worlds. */
const faults = [
  'FAILED',
  'bad answer',
  'cut download',
  'killed',
  'lost answer',
  'lost question',
  'repeated cursor',
  'short',
  'shuffled',
]
