import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../../contracts/connection.ts'
import { type Sandbox, startSandbox } from '../../sandbox/command.ts'
import { contacts } from '../../sinks/hubspot/contacts.ts'
import { metafields } from '../../sinks/shopify/metafields.ts'
import type { Change, Fields } from '../../sinks/sink.ts'
import { judgeSink, type Place } from '../suite/sink.ts'
import { connectionTo, outside } from './outside.ts'

let dir: string
let sandbox: Sandbox
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sinks-'))
  sandbox = await startSandbox({ dir, orders: 600 })
  await sandbox.advance()
}, 60_000)
afterAll(async () => {
  await sandbox.stop()
  await rm(dir, { recursive: true, force: true })
})

/** Customers of the northern shop are numbered from a tenth of its first order's number. */
const customer = (n: number): string => `gid://shopify/Customer/${firstCustomer() + n}`
const firstCustomer = (): number => Number(sandbox.config().storefronts.north.shopId.replace(/\D/g, '')) / 10
const stranger = 'gid://shopify/Customer/7'

function north(system: 'storefronts' | 'crm'): Connection {
  const { url, token } = sandbox.config()[system].north
  return connectionTo(url, { system: system === 'crm' ? 'hubspot' : 'shopify', secrets: { token } })
}

async function heldAt(server: string, id: string): Promise<Readonly<Record<string, string>> | undefined> {
  const held = (await sandbox.writes())[server]?.[id]
  return (
    held && Object.fromEntries(Object.entries(held).filter(([field, value]) => field !== 'shop_customer_id' && value))
  )
}

judgeSink(metafields, async (): Promise<Place> => {
  const { shopId } = sandbox.config().storefronts.north
  return {
    ctx: outside(),
    connection: north('storefronts'),
    account: shopId,
    id: customer,
    unknown: stranger,
    unread: 'gid://shopify/Order/1',
    fields: { 'boomerang.loyalty_score': '120', 'boomerang.loyalty_tier': 'gold' },
    held: id => heldAt('storefront.north', id),
    close: async () => undefined,
  }
})

judgeSink(contacts, async (): Promise<Place> => {
  const { portalId } = sandbox.config().crm.north
  return {
    ctx: outside(),
    connection: north('crm'),
    account: String(portalId),
    id: customer,
    fields: { loyalty_score: '120', loyalty_tier: 'gold' },
    held: id => heldAt('crm.north', id),
    close: async () => undefined,
  }
})

describe.each([
  {
    name: 'a simulated shop',
    sink: metafields,
    server: 'storefront.north',
    call: 'metafieldsSet',
    system: 'storefronts' as const,
    field: 'boomerang.loyalty_score',
  },
  {
    name: 'a simulated portal',
    sink: contacts,
    server: 'crm.north',
    call: 'contacts/batch/upsert',
    system: 'crm' as const,
    field: 'loyalty_score',
  },
])('$name', ({ sink, server, call, system, field }) => {
  const change = (n: number, score: string): Change => ({
    op: 'upsert',
    id: customer(n),
    key: `key-${n}-${score}`,
    fields: { [field]: score } satisfies Fields,
  })
  const deliver = (...changes: readonly Change[]) => sink.deliver(outside(), { connection: north(system), changes })

  it('whose answer is lost after the write is done leaves the outcome unknown, and reading back resolves it', async () => {
    await sandbox.faults(server, [{ on: call, call: 1, do: { applyThenDrop: true } }])
    expect(await deliver(change(50, '7'))).toMatchObject([{ id: customer(50), state: 'unknown' }])
    const request = { connection: north(system), ids: [customer(50)], fields: [field] }
    expect(await sink.read?.(outside(), request)).toEqual({ [customer(50)]: { [field]: '7' } })
  })

  it('that is throttled for a moment takes the change all the same', async () => {
    await sandbox.faults(server, [
      { on: call, call: 1, do: { throttled: true } },
      { on: call, call: 2, do: { status: 429, headers: { 'retry-after': '1' }, body: { policyName: 'SECONDLY' } } },
    ])
    expect(await deliver(change(51, '8'))).toMatchObject([{ state: 'acked' }])
    expect(await heldAt(server, customer(51))).toHaveProperty([field], '8')
  })

  it('that fails leaves the outcome unknown and holds nothing', async () => {
    await sandbox.faults(server, [{ on: call, call: 1, do: { status: 502 } }])
    expect(await deliver(change(52, '9'))).toMatchObject([{ state: 'unknown' }])
    expect((await heldAt(server, customer(52)))?.[field]).not.toBe('9')
  })
})

it('a simulated shop refuses one score that is no number, and takes the others of the call', async () => {
  const scores = ['1', '2', 'three', '4']
  const changes = scores.map(
    (score, n): Change => ({
      op: 'upsert',
      id: customer(60 + n),
      key: `key-${n}`,
      fields: { 'boomerang.loyalty_score': score },
    }),
  )
  const outcomes = await metafields.deliver(outside(), { connection: north('storefronts'), changes })
  expect(Object.fromEntries(outcomes.map(({ id, state }) => [id, state]))).toEqual({
    [customer(60)]: 'acked',
    [customer(61)]: 'acked',
    [customer(62)]: 'rejected',
    [customer(63)]: 'acked',
  })
})

it('a simulated portal refuses single rows of a batch by name', async () => {
  const rejectIds = [customer(70)]
  await sandbox.faults('crm.north', [
    {
      on: 'contacts/batch/upsert',
      call: 1,
      do: { rejectIds, code: 'INVALID_EMAIL', message: 'jane@example.com is bad' },
    },
  ])
  const changes = [70, 71].map(
    (n): Change => ({
      op: 'upsert',
      id: customer(n),
      key: `key-${n}`,
      fields: { loyalty_score: '1' },
    }),
  )
  const outcomes = await contacts.deliver(outside(), { connection: north('crm'), changes })
  expect(outcomes).toMatchObject([
    { id: customer(70), state: 'rejected', why: 'INVALID_EMAIL: … is bad' },
    { id: customer(71), state: 'acked' },
  ])
})
