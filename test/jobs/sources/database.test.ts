import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Interval } from '../../../contracts/connection.ts'
import { Fault } from '../../../contracts/fault.ts'
import { gate } from '../../../jobs/gate/gate.ts'
import { landFile } from '../../../jobs/landing.ts'
import { rowJson } from '../../../jobs/sources/database/columns.ts'
import { pgFault } from '../../../jobs/sources/database/pg-fault.ts'
import { checkDatabase, type TableObject, tableObject } from '../../../jobs/sources/database.ts'
import { oms } from '../../../jobs/sources/oms.ts'
import type { Delivery, Land, SourceObject } from '../../../jobs/sources/source.ts'
import { noPostgres, type Postgres, startPostgres } from '../../postgres.ts'
import { connectionTo, type Outside, outside } from '../../sinks/outside.ts'
import { judgeSource } from '../../suite/source.ts'
import { memoryLocal } from '../gate/local.ts'
import { memoryLanding } from './land.ts'

let server: Postgres
const note = noPostgres === undefined ? '' : ` (${noPostgres})`

const schema = `
  drop schema if exists oms cascade;
  create schema oms;
  create table oms.shipments (
    id bigint primary key, order_id bigint not null, carrier text, status text not null, parcels integer not null,
    cost numeric not null, currency text not null, country text, insured boolean not null, skus text[] not null,
    shipped_at timestamptz, updated_at timestamptz not null, secret text default 'not read'
  );
  create index on oms.shipments (updated_at);
  create table oms.sites (code text primary key, name text not null, country text not null);
  create view oms.sites_now as select code, name, country, now() as read_at from oms.sites;`

const row = (n: number, more: Readonly<Record<string, string>> = {}): string => {
  const values = {
    id: String(n),
    order_id: String(6_100_000_000_000 + n),
    carrier: `'DHL'`,
    status: `'shipped'`,
    parcels: '1',
    cost: '4.9000',
    currency: `'EUR'`,
    country: `'DE'`,
    insured: 'true',
    skus: `'{AB1-S,"odd, \\"one\\""}'`,
    shipped_at: `'2026-06-28 11:00:00.123456+02'`,
    updated_at: `'2026-06-28 12:00:00+02'`,
    ...more,
  }
  return `insert into oms.shipments (${Object.keys(values).join(', ')}) values (${Object.values(values).join(', ')})`
}

const [shipments, sites] = oms.objects as readonly [SourceObject, SourceObject]
const interval: Interval = { from: '2026-06-28T02:00:00.000000Z', to: '2026-06-29T02:00:00.000000Z' }
const connection = (more = {}) => connectionTo(server.url, { system: 'oms', secrets: {}, ...more })

async function extract(
  object: SourceObject,
  {
    ctx = outside(),
    land = memoryLanding().land,
    more = {},
  }: {
    readonly ctx?: Outside
    readonly land?: Land
    readonly more?: object
  } = {},
): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = []
  for await (const delivery of object.extract(ctx, { connection: connection(more), interval, land }))
    deliveries.push(delivery)
  return deliveries
}

async function fault(work: Promise<unknown>): Promise<Fault> {
  const caught = await work.catch((error: unknown) => error)
  expect(caught).toBeInstanceOf(Fault)
  return caught as Fault
}

const wholeTable = (more: Partial<TableObject> = {}): SourceObject =>
  tableObject({
    name: 'oms.copies',
    table: 'oms.shipments',
    claim: shipments.claims[0] as TableObject['claim'],
    read: { by: 'key', column: 'id', rowsAFile: 100 },
    ...more,
  })

describe.skipIf(noPostgres !== undefined)(`a PostgreSQL database as a source${note}`, () => {
  beforeAll(async () => {
    server = await startPostgres()
  }, 60_000)
  afterAll(() => server.stop())
  beforeEach(() => server.query(schema))

  judgeSource(shipments, {
    gives: 'all since',
    async open() {
      await server.query(schema)
      let n = 0
      return {
        connection: connection(),
        async add(at) {
          n += 1
          await server.query(row(n, { updated_at: `'${at}'`, shipped_at: 'null' }))
          return `"${6_100_000_000_000 + n}"`
        },
        namesIn: files =>
          [...files.values()].flatMap(file =>
            [...String(file).matchAll(/"order_id": ("[0-9]+")/g)].map(([, name]) => name ?? ''),
          ),
        started: () => 0,
        close: async () => undefined,
      }
    },
  })

  it('gives every value in its contract’s form, exactly, whatever the session or the machine believes of time', async () => {
    await server.query(row(1, { cost: '12345678901234.1234', carrier: `e'tab\\t"quote" \\\\ ü 😀'`, country: 'null' }))
    const landing = memoryLanding()
    await extract(shipments, { land: landing.land })
    expect(JSON.parse(String(landing.files.get('shipments.jsonl')))).toEqual({
      id: '1',
      order_id: '6100000000001',
      carrier: 'tab\t"quote" \\ ü 😀',
      status: 'shipped',
      parcels: '1',
      cost: '12345678901234.1234',
      currency: 'EUR',
      country: null,
      insured: true,
      skus: ['AB1-S', 'odd, "one"'],
      shipped_at: '2026-06-28T09:00:00.123456Z',
      updated_at: '2026-06-28T10:00:00.000000Z',
    })
  })

  it('passes the gate, and what no contract allows is a reject and not a crash', async () => {
    await server.query(row(1))
    await server.query(row(2, { cost: `'NaN'` }))
    await server.query(row(3, { updated_at: `'infinity'` }))
    await server.query(row(4, { updated_at: `'12026-01-01 00:00:00+00'` }))
    await server.query(row(5, { cost: '1.00001' }))
    await server.query(row(6, { cost: '1e3' }))
    const folder = await mkdtemp(join(tmpdir(), 'database-'))
    const local = await memoryLocal()
    const [delivery] = await extract(shipments, { land: landFile.bind(undefined, { folder, format: 'ndjson' }) })
    const { lines, longest } = delivery?.landed ?? { lines: 0, longest: 0 }
    const path = join(folder, 'shipments.jsonl')
    const gated = await gate(local, {
      path,
      format: 'ndjson',
      lines,
      longest,
      claims: shipments.claims,
      prefix: 'f',
      offset: 0,
      scratch: folder,
    })
    expect(delivery?.promised.records).toBe(6)
    expect(await local.query(`select shipment_id from ${gated.stages[0]?.relation} order by 1`)).toEqual([
      { shipment_id: '1' },
      { shipment_id: '6' },
    ])
    expect(
      await local.query(
        `select record, json_extract_string(breaches, '$[0].column') as c from ${gated.rejects} order by 1`,
      ),
    ).toEqual([
      { record: '2', c: 'cost' },
      { record: '3', c: 'updated_at' },
      { record: '4', c: 'updated_at' },
      { record: '5', c: 'cost' },
    ])
    expect(await local.query('select count(*) as n from gate."f_lines" where admitted')).toEqual([{ n: 2n }])
    await rm(folder, { recursive: true })
  })

  it('reads a whole table in files by key, each counted in the same snapshot', async () => {
    await server.query(
      `insert into oms.shipments select n, n, 'x', 'packed', 1, 1, 'EUR', 'DE', false, '{}', null, '2020-01-01' from generate_series(1, 250) as n`,
    )
    const landing = memoryLanding()
    const deliveries = await extract(wholeTable(), { land: landing.land })
    expect(deliveries.map(({ landed, promised }) => [landed.name, landed.lines, promised.records])).toEqual([
      ['copies.jsonl', 100, 100],
      ['copies-2.jsonl', 100, 100],
      ['copies-3.jsonl', 50, 50],
    ])
    const ids = [...landing.files.values()].flatMap(file =>
      [...String(file).matchAll(/"id": "([0-9]+)"/g)].map(([, id]) => Number(id)),
    )
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, n) => n + 1))
    expect(wholeTable().whole).toBe(true)
  })

  it('sees one moment of the database, however long it reads', async () => {
    await server.query(
      `insert into oms.shipments select n, n, 'x', 'packed', 1, 1, 'EUR', 'DE', false, '{}', null, '2020-01-01' from generate_series(1, 250) as n`,
    )
    let files = 0
    const landing = memoryLanding()
    const deliveries = await extract(wholeTable(), {
      land: async (name, bytes) => {
        if (++files === 1)
          await server.query(
            'delete from oms.shipments where id > 150; insert into oms.shipments select 1000 + id, 1, null, status, 1, 1, currency, null, true, skus, null, updated_at from oms.shipments',
          )
        return landing.land(name, bytes)
      },
    })
    expect(deliveries.map(({ landed }) => landed.lines)).toEqual([100, 100, 50])
  })

  it('streams: of 100,000 rows only some are ever held', async () => {
    await server.query(
      `insert into oms.shipments select n, n, repeat('x', 1000), 'packed', 1, 1, 'EUR', 'DE', false, '{}', null, '2026-06-28 10:00:00+00' from generate_series(1, 100000) as n`,
    )
    const before = process.memoryUsage().heapUsed
    let peak = 0
    let lines = 0
    const [delivery] = await extract(shipments, {
      async land(name, bytes) {
        for await (const chunk of bytes) {
          lines += chunk.toString().split('\n').length - 1
          peak = Math.max(peak, process.memoryUsage().heapUsed - before)
        }
        return { name, bytes: 0, sha256: '', lines, longest: 0 }
      },
    })
    expect([lines, delivery?.promised.records]).toEqual([100_000, 100_000])
    expect(peak).toBeLessThan(130_000_000)
  }, 60_000)

  it('cannot write, and says to the server who it is', async () => {
    const landing = memoryLanding()
    await server.query(row(1))
    await extract(shipments, {
      async land(name, bytes) {
        const [session] = await server.query(
          `select application_name, state, current_setting('statement_timeout') as mine from pg_stat_activity where application_name = 'boomerang'`,
        )
        expect(session?.application_name).toBe('boomerang')
        return landing.land(name, bytes)
      },
    })
  })

  it('that is told to stop leaves no statement behind on the server', async () => {
    await server.query(
      `create or replace view oms.sites_now as select code, name, country, now() as read_at, (select code from pg_sleep(60)) as slept from oms.sites; insert into oms.sites values ('A', 'A', 'DE')`,
    )
    const stop = new AbortController()
    const slow = tableObject({
      name: 'oms.slow',
      table: 'oms.sites_now',
      claim: sites.claims[0] as TableObject['claim'],
      read: { by: 'key', column: 'slept', rowsAFile: 10 },
    })
    const reading = extract(slow, { ctx: outside({ signal: stop.signal }) }).catch((error: unknown) => error)
    const running = async (): Promise<number> =>
      Number(
        (
          await server.query(
            `select count(*) as n from pg_stat_activity where application_name = 'boomerang' and state = 'active'`,
          )
        )[0]?.n,
      )
    while ((await running()) === 0) await new Promise(resolve => setTimeout(resolve, 20))
    stop.abort(new Error('stopped'))
    expect(await reading).toMatchObject({ message: 'stopped' })
    while ((await running()) > 0) await new Promise(resolve => setTimeout(resolve, 20))
  }, 30_000)

  describe('that does not let itself be read is told by name, and no value of it with it', () => {
    it.each([
      ['a wrong table', { table: 'oms.nothing' }, 'there is no such table'],
      [
        'a missing column',
        {
          claim: {
            ...(shipments.claims[0] as TableObject['claim']),
            fields: { ...shipments.claims[0]?.fields, cost: 'price' },
          },
        },
        'price is not there',
      ],
      [
        'a column of another type',
        {
          claim: {
            ...(shipments.claims[0] as TableObject['claim']),
            fields: { ...shipments.claims[0]?.fields, cost: 'carrier' },
          },
        },
        'carrier is text, and numeric',
      ],
    ])('%s', async (_, more, what) => {
      expect(await fault(extract(wholeTable(more)))).toMatchObject({
        retry: 'never',
        what: expect.stringContaining(what),
      })
    })

    it('a time without a zone, unless the object names it', async () => {
      await server.query(`alter table oms.shipments alter column shipped_at type timestamp`)
      await server.query(row(1, { shipped_at: `'2026-06-28 11:00:00'` }))
      expect((await fault(extract(shipments))).what).toContain('shipped_at is timestamp without time zone')
      const landing = memoryLanding()
      await extract(wholeTable({ zone: 'Europe/Berlin' }), { land: landing.land })
      expect(String(landing.files.get('copies.jsonl'))).toContain('"shipped_at": "2026-06-28T09:00:00.000000Z"')
    })

    it('a user without the right', async () => {
      await server.query(
        `do $$ begin create role reader login; exception when duplicate_object then null; end $$; revoke all on schema oms from reader; grant usage on schema oms to reader`,
      )
      const reader = server.url.replace('admin', 'reader')
      expect(await fault(extract(shipments, { more: { endpoint: reader } }))).toMatchObject({
        retry: 'never',
        what: 'the user may not read it (42501)',
        hint: expect.stringContaining('Grant select'),
      })
    })

    it('a server that is not there, and a host that is unknown', async () => {
      const dead = { endpoint: 'postgres://admin@127.0.0.1:1/postgres' }
      expect(await fault(extract(shipments, { more: dead }))).toMatchObject({
        retry: 'later',
        what: 'it cannot be reached (ECONNREFUSED)',
      })
      const lost = { endpoint: 'postgres://admin@nowhere.invalid/postgres' }
      expect((await fault(extract(shipments, { more: lost }))).retry).toBe('later')
    })

    it('a database that is not there', async () => {
      const more = { endpoint: server.url.replace('/postgres', '/nothing') }
      expect(await fault(extract(shipments, { more }))).toMatchObject({
        retry: 'never',
        what: 'there is no such database (3D000)',
      })
    })

    it('a server that is stopped in the middle', async () => {
      await server.query(row(1))
      const work = extract(shipments, {
        async land(name, bytes) {
          await server.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'boomerang'`,
          )
          return memoryLanding().land(name, bytes)
        },
      })
      expect(await fault(work)).toMatchObject({ retry: 'later' })
    })

    it('a line that breaks while it is written to', () => {
      const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
      expect(pgFault(broken, 'oms')).toMatchObject({ retry: 'later', what: 'it cannot be reached (EPIPE)' })
    })

    it('an address with a password in it, or that is none', async () => {
      const more = { endpoint: server.url.replace('admin@', 'admin:hunter2-secret@') }
      const found = await fault(extract(shipments, { more }))
      expect(found).toMatchObject({ retry: 'never', what: expect.stringContaining('it holds a password') })
      expect(JSON.stringify([found.what, found.where, found.hint])).not.toContain('hunter2')
      const asked = { endpoint: `${server.url}?password=hunter2` }
      expect((await fault(extract(shipments, { more: asked }))).what).toContain('it holds a password')
      expect((await fault(extract(shipments, { more: { endpoint: '/var/lib' } }))).what).toContain(
        'it is not an address',
      )
    })
  })

  it('a password that the server asks for is given, whatever signs are in it', async () => {
    const word = "p@ss/w%41:?&=#+ ü'"
    await server.query(`drop role if exists guarded; create role guarded login password '${word.replace("'", "''")}'`)
    const look = (secrets: object) =>
      checkDatabase(outside(), connection({ endpoint: server.url.replace('admin@', 'guarded@'), secrets }))
    expect((await look({ password: word })).account).toMatch(/^postgres of [0-9]+$/)
    expect(await fault(look({ password: 'another' }))).toMatchObject({ what: 'the password is not accepted (28P01)' })
    expect(await fault(look({}))).toMatchObject({ what: 'the server asks for a password, and none is given' })
    const replica = server.url.replace('admin@', `guarded:${encodeURIComponent(word)}@`)
    expect((await look({ replica, password: 'that of the primary' })).account).toMatch(/^postgres of [0-9]+$/)
  })

  it('says which database it is', async () => {
    expect((await checkDatabase(outside(), connection())).account).toMatch(/^postgres of [0-9]+$/)
  })
})

it('a table of more than fifty columns is one line all the same', () => {
  const claim = shipments.claims[0] as TableObject['claim']
  const fields = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`c${n}`, `c${n}`]))
  const text = rowJson(
    { table: 't', claim: { ...claim, fields } },
    Object.keys(fields).map(name => ({ name, type: 'text' })),
  )
  expect(text.match(/jsonb_build_object/g)).toHaveLength(2)
})
