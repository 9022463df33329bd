import { describe, expect, test } from 'vitest'
import type { History, Publication, Warehouse } from '../../models/warehouse/warehouse.ts'
import { type Bench, faultOf } from './warehouse.ts'

const day = (n: number): string => `2026-06-0${n}T00:00:00.000000Z`

const history = (select: string, more: Partial<History & Pick<Publication, 'audits'>> = {}): Publication => ({
  relation: 'marts.thing',
  token: 1,
  select,
  audits: [],
  kind: 'scd2',
  key: ['id'],
  by: { columns: 'all' },
  now: day(1),
  gone: 'close',
  schemaChange: 'fail',
  ...more,
})

/** Rows `id=tier@day`, as a query. */
const rows = (...written: readonly string[]): string =>
  written.length === 0
    ? `select 'x' as id, 'x' as tier, timestamptz '${day(1)}' as changed where false`
    : `select * from (values ${written
        .map(each => {
          const [, id, tier, at] = /^(.*)=(.*)@(.*)$/.exec(each) ?? []
          return `('${id}', '${tier}', timestamptz '${day(Number(at))}')`
        })
        .join(', ')}) as v(id, tier, changed)`

/** `id=tier from..to`, by days. */
const versions = async (warehouse: Warehouse): Promise<readonly unknown[]> =>
  (
    await warehouse.query({
      sql: `select id || '=' || tier || ' ' || day(valid_from) || '..' || coalesce(day(valid_to)::varchar, '') as version from marts.thing order by id, valid_from`,
    })
  ).map(({ version }) => version)

export function historyFacts({ warehouse }: Bench): void {
  const bring = (...[select, more]: Parameters<typeof history>) => warehouse().publish(history(select, more))

  describe('a history', () => {
    test('by columns opens a version at the night in which a value is another, and closes the one before it', async () => {
      const by = { columns: ['tier'] }
      await bring(rows('a=gold@1', 'b=gold@1'), { by })
      await bring(rows('a=gold@2', 'b=silver@2'), { by, now: day(2) })
      expect(await versions(warehouse())).toEqual(['a=gold 1..', 'b=gold 1..2', 'b=silver 2..'])
    })

    test('by all columns sees a change in any of them, and of null too', async () => {
      const select = (tier: string): string => `select 'a' as id, ${tier}::varchar as tier`
      await bring(select(`'gold'`))
      await bring(select('null'), { now: day(2) })
      expect(await warehouse().query({ sql: 'select tier from marts.thing order by valid_from' })).toEqual([
        { tier: 'gold' },
        { tier: null },
      ])
    })

    test('by time opens a version at its own instant, and takes nothing older for new', async () => {
      const by = { time: 'changed' }
      await bring(rows('a=gold@2'), { by, now: day(5) })
      await bring(rows('a=silver@4'), { by, now: day(6) })
      await bring(rows('a=late@3'), { by, now: day(7) })
      expect(await versions(warehouse())).toEqual(['a=gold 2..4', 'a=silver 4..'])
    })

    test('brought twice is the same history', async () => {
      for (const _ of [1, 2]) await bring(rows('a=gold@1'))
      for (const _ of [1, 2]) await bring(rows('a=silver@2', 'b=new@2'), { now: day(2) })
      expect(await versions(warehouse())).toEqual(['a=gold 1..2', 'a=silver 2..', 'b=new 2..'])
    })

    test('closes what is gone, and opens a new version where it is back, without overlap', async () => {
      const by = { time: 'changed' }
      await bring(rows('a=gold@1'), { by })
      await bring(rows(), { by, now: day(3) })
      expect(await versions(warehouse())).toEqual(['a=gold 1..3'])
      await bring(rows('a=gold@1'), { by, now: day(5) })
      expect(await versions(warehouse())).toEqual(['a=gold 1..3', 'a=gold 3..'])
    })

    test('keeps what is gone where it is told to', async () => {
      await bring(rows('a=gold@1'), { gone: 'keep' })
      await bring(rows(), { gone: 'keep', now: day(3) })
      expect(await versions(warehouse())).toEqual(['a=gold 1..'])
    })

    test('whose audit finds rows leaves what stood', async () => {
      await bring(rows('a=gold@1'))
      const audits = [
        { name: 'id is unique', sql: 'select id, count(*) as times from made group by id having count(*) > 1' },
      ]
      const fault = await faultOf(bring(rows('b=x@1', 'b=y@1'), { audits, now: day(2) }))
      expect(fault.what).toContain('id is unique: id b, times 2')
      expect(await versions(warehouse())).toEqual(['a=gold 1..'])
    })

    test('takes a column that came where it may', async () => {
      await bring(rows('a=gold@1'), { by: { columns: ['tier'] } })
      const wider = `select *, 7 as points from (${rows('a=silver@2')})`
      await faultOf(bring(wider, { by: { columns: ['tier'] }, now: day(2) }))
      await bring(wider, { by: { columns: ['tier'] }, now: day(2), schemaChange: 'extend' })
      expect(await warehouse().query({ sql: 'select points from marts.thing order by valid_from' })).toEqual([
        { points: null },
        { points: 7n },
      ])
    })
  })
}
