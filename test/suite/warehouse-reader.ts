import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cells, Warehouse } from '../../models/warehouse/warehouse.ts'
import { type Bench, faultOf, sql } from './warehouse.ts'

async function gathered(batches: AsyncIterable<readonly Cells[]>): Promise<readonly Cells[]> {
  const rows: Cells[] = []
  for await (const batch of batches) rows.push(...batch)
  return rows
}

const cell = fc.record({
  label: fc.option(fc.string({ unit: 'grapheme' }), { nil: null }),
  amount: fc.option(
    fc
      .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 28n }), fc.bigInt({ min: 1n, max: 999_999_999n }))
      .map(([below, whole, rest]) => `${below ? '-' : ''}${whole}.${rest.toString().padStart(9, '0')}`),
    { nil: null },
  ),
  at: fc.option(
    fc
      .tuple(fc.integer({ min: -2_208_988_800, max: 4_102_444_800 }), fc.integer({ min: 0, max: 999_999 }))
      .map(
        ([seconds, micros]) =>
          `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros.toString().padStart(6, '0')}Z`,
      ),
    { nil: null },
  ),
  count: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: null }),
  flag: fc.option(fc.boolean(), { nil: null }),
  list: fc.option(
    fc.array(fc.string()).map(items => JSON.stringify(items)),
    { nil: null },
  ),
})

async function loadCells(warehouse: Warehouse, rows: readonly Cells[], key: string): Promise<void> {
  const parameters = ['label', 'amount', 'at', 'count', 'flag', 'list'] as const
  await warehouse.apply({
    key,
    token: 1,
    writes: ['raw.cells'],
    statements: [
      sql('create schema if not exists raw'),
      sql(
        'create or replace table raw.cells (place bigint, label varchar, amount decimal(38,9), "at" timestamptz, count bigint, flag boolean, list json)',
      ),
      ...rows.map((row, place) =>
        sql(
          'insert into raw.cells values ($1, $2, $3, $4, $5, $6, $7)',
          place,
          ...parameters.map(name => row[name] ?? null),
        ),
      ),
    ],
  })
}

export function readerFacts({ warehouse, place, file }: Bench): void {
  describe('a reader', () => {
    test('gives back what was loaded: text, decimals, instants, whole numbers, flags, lists and nulls', async () => {
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 12 }), async rows => {
          round += 1
          await loadCells(warehouse(), rows, `round-${round}`)
          const select = sql('select label, amount, "at", count, flag, list from raw.cells order by place')
          expect(await warehouse().query(select)).toEqual(rows)
          expect(await gathered(warehouse().stream(select))).toEqual(rows)
        }),
        { numRuns: 15 },
      )
    })

    test('gives a decimal with its scale and a whole number as bigint, whatever its size', async () => {
      expect(
        await warehouse().query(
          sql(
            "select 0.10::decimal(38,9) as small, -12345678901234567890.123456789::decimal(38,9) as large, 1::smallint as short, count(*) as n, sum(2::bigint) as total, date '2026-02-28' as day",
          ),
        ),
      ).toEqual([
        {
          small: '0.100000000',
          large: '-12345678901234567890.123456789',
          short: 1n,
          n: 1n,
          total: 2n,
          day: '2026-02-28',
        },
      ])
    })

    test('gives a list and a structure as JSON text, decimals in them as text', async () => {
      expect(
        await warehouse().query(
          sql("select [1, 2] as list, {'paid': 1.50::decimal(9,2), 'at': timestamptz '2026-03-29T01:00:00Z'} as box"),
        ),
      ).toEqual([{ list: '[1,2]', box: '{"paid":"1.50","at":"2026-03-29T01:00:00.000000Z"}' }])
    })

    test('binds an instant as text and a whole number as one', async () => {
      const rows = await warehouse().query(
        sql(
          "select timestamptz '2026-06-30T03:00:00Z' < $1::timestamptz as earlier, typeof($2) as type",
          '2026-06-30T03:00:00.000001Z',
          3,
        ),
      )
      expect(rows).toEqual([{ earlier: true, type: 'BIGINT' }])
    })

    test('keeps the order that the query asked for', async () => {
      const select = sql('select id from range(5000) as r(id) order by id desc')
      const wanted = Array.from({ length: 5000 }, (_, index) => ({ id: BigInt(4999 - index) }))
      expect(await warehouse().query(select)).toEqual(wanted)
      expect(await gathered(warehouse().stream(select))).toEqual(wanted)
    })

    test('queries up to 10,000 rows and refuses the next', async () => {
      expect(await warehouse().query(sql('select * from range(10000)'))).toHaveLength(10_000)
      expect((await faultOf(warehouse().query(sql('select * from range(10001)')))).what).toContain('10000')
    })

    test.each([
      'select 1 as one; drop table ops.loads',
      'select 1 as one) as o; drop table ops.loads; select * from (select 1 as one',
    ])('runs no second statement behind a query: %s', async text => {
      await faultOf(warehouse().query(sql(text)))
      await faultOf(gathered(warehouse().stream(sql(text))))
      await faultOf(warehouse().publish({ relation: 'marts.thing', kind: 'table', token: 1, select: text, audits: [] }))
      expect(await warehouse().columns('ops.loads')).toBeDefined()
    })

    test('streams every row of a large query, with its parameters', async () => {
      let rows = 0
      for await (const batch of warehouse().stream(sql('select id from range($1) as r(id)', 300_000)))
        rows += batch.length
      expect(rows).toBe(300_000)
    })

    test('fails when a streamed query breaks half way, and gives no row of it', async () => {
      const taken: Cells[] = []
      const fault = await faultOf(
        (async () => {
          for await (const batch of warehouse().stream(sql(place.breaking))) taken.push(...batch)
        })(),
      )
      expect(fault.what).toContain('boom')
      expect(taken).toEqual([])
    })

    test('streams two queries at once, and lets go of one that is not taken to its end', async () => {
      const left = warehouse().stream(sql('select id from range(9000) as r(id)'))[Symbol.asyncIterator]()
      const right = warehouse().stream(sql('select id + 1 as id from range(9000) as r(id)'))[Symbol.asyncIterator]()
      expect((await left.next()).value?.[0]).toEqual({ id: 0n })
      expect((await right.next()).value?.[0]).toEqual({ id: 1n })
      await left.return?.()
      expect((await right.next()).done).toBe(false)
      await right.return?.()
    })

    test('reads a standing local table in its order, and refuses what is no table', async () => {
      const { local } = warehouse()
      await local.run('create schema if not exists gate')
      await local.run("create table gate.lines as select id, 'line ' || id as raw from range(5000) as r(id)")
      await local.run('create view gate.seen as select * from gate.lines')
      const rows = await gathered(local.read('gate.lines', ['raw', 'id']))
      expect(rows).toHaveLength(5000)
      expect(rows[4321]).toEqual({ raw: 'line 4321', id: 4321n })
      expect(await local.query('select count(*) as n from gate.seen')).toEqual([{ n: 5000n }])
      await faultOf(gathered(local.read('gate.seen', ['id'])))
    })
  })

  orderFacts({ warehouse, file })
  checkFacts(warehouse)
}

/** What is positioned by its row number must stand in the file's order, whatever is asked of it on the way. */
function orderFacts({ warehouse, file }: Pick<Bench, 'warehouse' | 'file'>): void {
  const few = "'one', 'two', 'three', 'four', 'EUR'"
  const many = Array.from({ length: 200 }, (_, index) => `'word ${index}'`).join(', ')

  test.each([
    ['no list', 'true'],
    ['a short list', `json ->> '$.currency' in (${few})`],
    ['a long list', `json ->> '$.currency' in (${many}, ${few})`],
  ])('the local engine keeps the lines of a file in their order, behind %s of values too', async (_, condition) => {
    const lines = Array.from({ length: 40_000 }, (_, id) =>
      JSON.stringify({ id, currency: 'EUR', pad: 'x'.repeat(100) }),
    )
    await writeFile(file('lines.jsonl'), lines.join('\n'))
    const { local } = warehouse()
    await local.run('create schema if not exists gate')
    const source = `read_ndjson_objects('${file('lines.jsonl')}', ignore_errors = true, maximum_object_size = 100000)`
    await local.run(
      `create table gate.lines as select (json ->> '$.id')::bigint as id, ${condition} as listed from ${source}`,
    )
    expect(
      await local.query(
        'select count(*) as lines, count(*) filter (id <> rowid) as moved, bool_and(listed) as listed from gate.lines',
      ),
    ).toEqual([{ lines: 40_000n, moved: 0n, listed: true }])
  })
}

function checkFacts(warehouse: () => Warehouse): void {
  describe('a check', () => {
    test('gives the columns of a query and runs nothing of it', async () => {
      expect(
        await warehouse().check(
          "select error('never run')::bigint as n, 1.5::decimal(38,9) as amount, now() as at from range(3)",
        ),
      ).toEqual([
        { name: 'n', type: 'BIGINT' },
        { name: 'amount', type: 'DECIMAL(38,9)' },
        { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
      ])
    })

    test('names the line, what is wrong and what was meant', async () => {
      const fault = await faultOf(warehouse().check('select\n  labell\nfrom (select 1 as label)'))
      expect(fault.where).toContain('line 2')
      expect(fault.what).toContain('labell')
      expect(fault.hint).toContain('label')
      expect(fault.retry).toBe('never')
    })

    test.each(['create table t as select 1', 'select 1; drop table ops.loads', 'select'])('refuses %s', async text => {
      await faultOf(warehouse().check(text))
      expect(await warehouse().columns('ops.loads')).toBeDefined()
    })

    test('of a relation that does not stand gives nothing, of one that stands its columns', async () => {
      expect(await warehouse().columns('marts.nothing')).toBeUndefined()
      expect(await warehouse().columns('ops.fences')).toEqual([
        { name: 'relation', type: 'VARCHAR' },
        { name: 'token', type: 'BIGINT' },
      ])
    })
  })
}
