import { describe, expect, test } from 'vitest'
import type { Increment, Publication, Warehouse } from '../../models/warehouse/warehouse.ts'
import { type Bench, faultOf } from './warehouse.ts'

const day = (n: number): string => `2026-06-0${n}T00:00:00.000000Z`
const interval = (from: number, to: number) => ({ from: day(from), to: day(to) })

const increment = (select: string, more: Partial<Increment & Pick<Publication, 'audits'>> = {}): Publication => ({
  relation: 'marts.thing',
  token: 1,
  select,
  audits: [],
  kind: 'incremental',
  strategy: 'delete+insert',
  time: 'ts',
  key: ['id'],
  partition: [],
  interval: interval(1, 2),
  anew: false,
  schemaChange: 'fail',
  built: { run: 'r', at: day(9), fingerprint: 'f' },
  ...more,
})

/** Rows `id@day=label`, as a query. */
const rows = (...written: readonly string[]): string =>
  `select * from (values ${written
    .map(each => {
      const [, id, at, label] = /^(.*)@(.*)=(.*)$/.exec(each) ?? []
      return `(${id}, timestamptz '${day(Number(at))}', '${label}')`
    })
    .join(', ')}) as v(id, ts, label)`

const standing = async (warehouse: Warehouse): Promise<readonly unknown[]> =>
  (
    await warehouse.query({ sql: `select id || '@' || day(ts) || '=' || label as row from marts.thing order by 1` })
  ).map(({ row }) => row)

export function incrementFacts({ warehouse }: Bench): void {
  const bring = (...[select, more]: Parameters<typeof increment>) => warehouse().publish(increment(select, more))

  describe('an increment', () => {
    test('makes the relation first, and then brings what is new to what stands', async () => {
      expect(await bring(rows('1@1=a'))).toEqual({ rows: 1n, warnings: [] })
      expect(await bring(rows('2@2=b'), { interval: interval(2, 3) })).toEqual({ rows: 2n, warnings: [] })
      expect(await standing(warehouse())).toEqual(['1@1=a', '2@2=b'])
    })

    test('by delete and insert takes the place of its own interval, and of nothing else', async () => {
      await bring(rows('1@1=a', '2@2=b', '3@3=c'), { interval: interval(1, 4) })
      await bring(rows('4@2=late'), { interval: interval(2, 3) })
      expect(await standing(warehouse())).toEqual(['1@1=a', '3@3=c', '4@2=late'])
    })

    test.each(['append', 'delete+insert'] as const)('by %s refuses a row outside of its interval', async strategy => {
      await bring(rows('1@1=a'), { strategy })
      const fault = await faultOf(bring(rows('2@2=b', '3@5=later'), { strategy, interval: interval(2, 3) }))
      expect(fault.what).toContain('ts lies from $start')
      expect(fault.what).toContain('2026-06-05')
      expect(await standing(warehouse())).toEqual(['1@1=a'])
    })

    test('by merge takes the newest of each key, and never an older one over a newer', async () => {
      await bring(rows('1@3=new', '1@2=old', '2@1=b'), { strategy: 'merge' })
      expect(await standing(warehouse())).toEqual(['1@3=new', '2@1=b'])
      await bring(rows('1@2=older', '2@4=newer', '3@4=c', '3@3=beaten'), {
        strategy: 'merge',
        interval: interval(2, 5),
      })
      expect(await standing(warehouse())).toEqual(['1@3=new', '2@4=newer', '3@4=c'])
    })

    test('by overwrite takes the place of the partitions that it brings rows of', async () => {
      const overwrite = { strategy: 'overwrite', partition: ['label'] } as const
      await bring(rows('1@1=de', '2@1=de', '3@1=us'), overwrite)
      await bring(rows('9@2=de'), { ...overwrite, interval: interval(2, 3) })
      expect(await standing(warehouse())).toEqual(['3@1=us', '9@2=de'])
    })

    test('whose audit finds rows among what it writes leaves what stood, its interval open, and shows them', async () => {
      await bring(rows('1@1=a'))
      const audits = [{ name: 'labels are good', sql: `select id, label from made where label = 'bad'` }]
      const fault = await faultOf(bring(rows('2@2=b', '3@2=bad'), { interval: interval(2, 3), audits }))
      expect(fault.what).toContain('labels are good: id 3, label bad')
      expect(await standing(warehouse())).toEqual(['1@1=a'])
      expect(await covered()).toEqual([[day(1), day(2)]])
    })

    test('tells what an audit finds that only warns, and writes all the same', async () => {
      const audits = [
        { name: 'labels are good', sql: `select id from made where label = 'bad'`, severity: 'warn' },
      ] as const
      expect(await bring(rows('3@1=bad'), { audits })).toEqual({ rows: 1n, warnings: ['labels are good: id 3'] })
    })

    test('built anew gives way as a whole, with its intervals', async () => {
      await bring(rows('1@1=a'))
      await bring(rows('2@2=b'), { interval: interval(2, 3) })
      await bring(rows('9@1=z'), { interval: interval(1, 4), anew: true })
      expect(await standing(warehouse())).toEqual(['9@1=z'])
      expect(await covered()).toEqual([[day(1), day(4)]])
    })

    test('is remembered by its interval; one that is built once more takes the place of those within it', async () => {
      for (const from of [1, 2, 3]) await bring(rows(`${from}@${from}=a`), { interval: interval(from, from + 1) })
      await bring(rows('7@2=z'), { interval: interval(2, 4) })
      expect(await covered()).toEqual([
        [day(1), day(2)],
        [day(2), day(4)],
      ])
    })

    test('takes the place of a view that stood under its name', async () => {
      await warehouse().publish({
        relation: 'marts.thing',
        kind: 'view',
        token: 1,
        select: 'select 1 as id',
        audits: [],
      })
      await bring(rows('1@1=a'))
      expect(await standing(warehouse())).toEqual(['1@1=a'])
    })

    test('names the line of its author where its query is wrong', async () => {
      await bring(rows('1@1=a'))
      const fault = await faultOf(
        bring('select 1 as id,\n  nonsense as ts', { interval: interval(2, 3), strategy: 'merge' }),
      )
      expect(fault.where).toBe('marts.thing, line 2')
    })
  })

  const covered = async (): Promise<readonly unknown[]> =>
    (await warehouse().query({ sql: 'select interval_from, interval_to from ops.intervals order by 1' })).map(row => [
      row.interval_from,
      row.interval_to,
    ])

  describe('columns of an increment that are others than those that stand', () => {
    const wider = `select 2 as id, timestamptz '${day(2)}' as ts, 'b' as label, 5 as more`
    const narrower = `select 2 as id, timestamptz '${day(2)}' as ts`
    const retyped = `select 2 as id, timestamptz '${day(2)}' as ts, 7 as label`

    test.each([
      ['ignore', wider, ['id', 'ts', 'label']],
      ['extend', wider, ['id', 'ts', 'label', 'more']],
      ['sync', wider, ['id', 'ts', 'label', 'more']],
      ['ignore', narrower, ['id', 'ts', 'label']],
      ['extend', narrower, ['id', 'ts', 'label']],
      ['sync', narrower, ['id', 'ts']],
      ['ignore', retyped, ['id', 'ts', 'label']],
      ['extend', retyped, ['id', 'ts', 'label']],
    ] as const)('under %s: %s', async (schemaChange, select, columns) => {
      await bring(rows('1@1=a'))
      await bring(select, { interval: interval(2, 3), schemaChange })
      expect((await warehouse().columns('marts.thing'))?.map(({ name }) => name)).toEqual(columns)
      expect(await warehouse().query({ sql: 'select id from marts.thing order by id' })).toHaveLength(2)
    })

    test.each([
      [wider, 'more INTEGER came'],
      [narrower, 'label went'],
      [retyped, 'label became INTEGER'],
    ])('under fail are named, and nothing is written: %s', async (select, what) => {
      await bring(rows('1@1=a'))
      const fault = await faultOf(bring(select, { interval: interval(2, 3) }))
      expect(fault.what).toContain(what)
      expect(fault.hint).toContain('schema_change')
      expect(await standing(warehouse())).toEqual(['1@1=a'])
    })
  })
}
