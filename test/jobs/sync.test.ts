import { afterEach, beforeEach, expect, it } from 'vitest'
import { id, integer, text, utc } from '../../contracts/columns.ts'
import { contract } from '../../contracts/contract.ts'
import type { Report, Step } from '../../jobs/job.ts'
import { checkOwnership, sync } from '../../jobs/sync.ts'
import { loyaltyToCrm } from '../../jobs/syncs/loyalty.ts'
import type { Sync } from '../../jobs/syncs/sync.ts'
import type { Outcome, Sink } from '../../sinks/sink.ts'
import { faultOf } from '../suite/warehouse.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

type Answer = (id: string, fields: Readonly<Record<string, string | null>>) => Outcome['state'] | 'silent' | 'throw'

/** A place in memory that answers as it is told. */
function place(): {
  readonly sink: Sink
  readonly held: Map<string, Record<string, string | null>>
  answer: Answer
  keys: string[]
  account: string
} {
  const held = new Map<string, Record<string, string | null>>()
  const self = { held, answer: (() => 'acked') as Answer, keys: [] as string[], account: 'crm', sink: {} as Sink }
  self.sink = {
    name: 'hubspot.contacts',
    accepts: ['upsert'],
    batch: 2,
    clears: true,
    check: async () => ({ account: self.account }),
    async deliver(_, { changes }) {
      return changes.flatMap((change): readonly Outcome[] => {
        if (change.op !== 'upsert') return []
        self.keys.push(change.key)
        const state = self.answer(change.id, change.fields)
        if (state === 'throw') throw new Error('the process died here')
        if (state !== 'rejected' && state !== 'deferred')
          held.set(change.id, { ...held.get(change.id), ...change.fields })
        if (state === 'silent') return []
        if (state === 'acked') return [{ id: change.id, state }]
        return [{ id: change.id, state, why: 'told so', retry: 'later' } as Outcome]
      })
    },
    read: async (_, { ids }) =>
      Object.fromEntries(ids.flatMap(each => (held.has(each) ? [[each, held.get(each) ?? {}]] : []))),
  }
  return self
}

let room: TestRoom
let crm: ReturnType<typeof place>
beforeEach(async () => {
  crm = place()
  room = await testRoom({
    catalogue: { sinks: [crm.sink], syncs: [loyaltyToCrm] },
    connections: [
      connection('north'),
      connection('south', { brand: 'Sundown' }),
      connection('crm', { system: 'hubspot' }),
    ],
  })
  await room.opened.apply({
    key: 'scores',
    token: 0,
    writes: [],
    statements: [
      { sql: 'create schema marts' },
      {
        sql: 'create table marts.customer_loyalty (connection varchar, customer_id varchar, loyalty_score integer, loyalty_tier varchar, as_of timestamptz)',
      },
    ],
  })
})
afterEach(() => room.end())

const gid = (n: number): string => `gid://shopify/Customer/${n}`

async function scores(
  rows: readonly (readonly [number, number, string])[],
  asOf = '2026-06-30 02:00:00+00',
): Promise<void> {
  await room.opened.local.run('delete from marts.customer_loyalty')
  for (const [n, score, tier] of rows)
    await room.opened.local.run(
      `insert into marts.customer_loyalty values ('north', '${gid(n)}', ${score}, '${tier}', timestamptz '${asOf}')`,
    )
}

async function run(): Promise<Report> {
  const [step] = await sync.steps({ ...room, at: '', interval: () => undefined, before: [] })
  room.token += 1
  return sync.run(room, step as Step)
}

const receipts = async (): Promise<readonly string[]> =>
  (await room.opened.query({ sql: 'select id, state, fields, before from ops.receipts order by rowid' })).map(
    row => `${String(row.id).split('/').at(-1)} ${row.state} ${row.fields} ${row.before}`,
  )

it('sends every record once, and a second night sends nothing', async () => {
  await scores([
    [1, 100, 'bronze'],
    [2, 500, 'silver'],
    [3, 900, 'gold'],
  ])
  expect((await run()).counts).toEqual({ planned: 3, sent: 3, acked: 3, refused: 0, deferred: 0, unknown: 0 })
  expect(crm.held.get(gid(2))).toEqual({ loyalty_score: '500', loyalty_tier: 'silver' })
  expect((await run()).counts.planned).toBe(0)
  expect(crm.keys).toHaveLength(3)
})

it('sends nothing where the model no longer gives a column that it names, and says which', async () => {
  await scores([[1, 100, 'bronze']])
  await room.opened.local.run('alter table marts.customer_loyalty rename column loyalty_tier to tier')
  const fault = await faultOf(run())
  expect([fault.retry, fault.what]).toEqual(['never', expect.stringContaining('loyalty_tier')])
  expect(crm.keys).toHaveLength(0)
})

it('sends only the fields that changed, and remembers what stood before', async () => {
  await scores([[1, 100, 'bronze']])
  await run()
  await scores([[1, 120, 'bronze']])
  await run()
  expect((await receipts())[1]).toBe('1 acked {"loyalty_score":"120"} {"loyalty_score":"100"}')
})

it('never lets an older value overwrite a newer one', async () => {
  await scores([[1, 100, 'bronze']], '2026-06-30 02:00:00+00')
  await run()
  await scores([[1, 50, 'bronze']], '2026-06-29 02:00:00+00')
  expect((await run()).counts.planned).toBe(0)
})

it('keeps a refused record out of the ledger and gives each its own outcome', async () => {
  await scores([
    [1, 100, 'bronze'],
    [2, 200, 'bronze'],
    [3, 300, 'bronze'],
  ])
  crm.answer = each => (each === gid(2) ? 'rejected' : each === gid(3) ? 'deferred' : 'acked')
  expect((await run()).counts).toEqual({ planned: 3, sent: 2, acked: 1, refused: 1, deferred: 1, unknown: 0 })
  crm.answer = () => 'acked'
  expect((await run()).counts).toMatchObject({ planned: 2, acked: 2 })
})

it('calls a change without an outcome unknown, and resolves it by reading back before it plans again', async () => {
  await scores([[1, 100, 'bronze']])
  crm.answer = () => 'throw'
  await expect(run()).rejects.toThrow('the process died here')
  crm.held.set(gid(1), { loyalty_score: '100', loyalty_tier: 'bronze' })
  crm.answer = () => 'acked'
  expect((await run()).counts.planned).toBe(0)
  expect(await receipts()).toEqual([
    '1 acked {"loyalty_score":"100","loyalty_tier":"bronze"} {"loyalty_score":null,"loyalty_tier":null}',
  ])
})

it('sends again, with the same key, what did not arrive', async () => {
  await scores([[1, 100, 'bronze']])
  crm.answer = () => 'throw'
  await expect(run()).rejects.toThrow()
  crm.answer = () => 'acked'
  expect((await run()).counts).toMatchObject({ planned: 1, acked: 1 })
  expect(new Set(crm.keys).size).toBe(1)
  expect(crm.keys).toHaveLength(2)
  expect(await room.opened.query({ sql: 'select state from ops.receipts' })).toEqual([{ state: 'acked' }])
  expect((await run()).counts).toMatchObject({ planned: 0 })
})

it('sends nothing when more would change than the budget allows', async () => {
  const many = Array.from({ length: 120 }, (_, n) => n + 1)
  await scores(many.map(n => [n, 100, 'bronze'] as const))
  await run()
  await scores(many.map(n => [n, 0, 'bronze'] as const))
  await expect(run()).rejects.toThrow('120 of 120 records would change, and the budget is 50 %')
  expect(crm.keys).toHaveLength(120)
})

it('sends nothing to an account other than the one it was given', async () => {
  await scores([[1, 100, 'bronze']])
  crm.account = 'another'
  await expect(run()).rejects.toThrow('the outside says that it is the account another')
  expect(crm.keys).toEqual([])
})

it('sends nothing from an environment that does not deliver', async () => {
  const dark = { ...room, environment: { ...room.environment, delivers: false } }
  await scores([[1, 100, 'bronze']])
  const [step] = await sync.steps({ ...dark, at: '', interval: () => undefined, before: [] })
  expect((await sync.run(dark, step as Step)).counts).toEqual({ planned: 1 })
  expect(crm.keys).toEqual([])
})

it('refuses to write a field that another system decides', () => {
  const theirs = contract('storefront.person', {
    version: 1,
    key: ['customer_id'],
    risk: 'operational',
    authority: 'storefront',
    rejectLimit: { share: 0, atLeast: 0 },
    row: { customer_id: id('Customer'), name: text(), score: integer(), as_of: utc() },
    rules: [],
  })
  const stolen: Sync = { ...loyaltyToCrm, contract: theirs, fields: { name: 'firstname' } }
  expect(() => checkOwnership(stolen, crm.sink)).toThrow(
    'name of storefront.person is decided by storefront, not by the warehouse',
  )
})
