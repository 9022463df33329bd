import { describe, expect, test } from 'vitest'
import type { Publication } from '../../models/warehouse/warehouse.ts'
import { type Bench, faultOf } from './warehouse.ts'

const publication = (
  select: string,
  more: Partial<Pick<Publication, 'audits'>> & { readonly kind?: 'view' | 'table' } = {},
): Publication => ({
  relation: 'marts.thing',
  kind: 'table',
  token: 1,
  select,
  audits: [],
  ...more,
})

const broken = [{ name: 'ids are positive', sql: 'select id from marts.thing where id <= 0' }]

export function publishFacts({ warehouse }: Bench): void {
  const ids = async (): Promise<readonly unknown[]> =>
    (await warehouse().query({ sql: 'select id from marts.thing order by id' })).map(row => row.id)

  describe('a publication', () => {
    test('of a table gives its rows, of a view none', async () => {
      expect(await warehouse().publish(publication('select * from range(3) as r(id)'))).toEqual({
        rows: 3n,
        warnings: [],
      })
      expect(await ids()).toEqual([0n, 1n, 2n])
      expect(await warehouse().publish(publication('select 4 as id', { kind: 'view' }))).toEqual({
        rows: null,
        warnings: [],
      })
      expect(await ids()).toEqual([4n])
    })

    test.each([
      ['view', 'table'],
      ['table', 'view'],
      ['table', 'table'],
      ['view', 'view'],
    ] as const)('replaces a %s by a %s', async (before, after) => {
      await warehouse().publish(publication('select 1 as id', { kind: before }))
      await warehouse().publish(publication('select 2 as id, 3 as more', { kind: after }))
      expect(await ids()).toEqual([2n])
      expect(await warehouse().query({ sql: 'select model, kind from ops.builds' })).toEqual([
        { model: 'marts.thing', kind: after },
      ])
    })

    test.each([
      ['view', 'table'],
      ['table', 'view'],
      ['table', 'table'],
      ['view', 'view'],
    ] as const)('whose audit finds rows leaves the %s that stood, where a %s was to come', async (before, after) => {
      await warehouse().publish(publication('select 1 as id', { kind: before, audits: broken }))
      const fault = await faultOf(warehouse().publish(publication('select -1 as id', { kind: after, audits: broken })))
      expect(fault.what).toContain('ids are positive: id -1')
      expect(fault.where).toBe('marts.thing')
      expect(await ids()).toEqual([1n])
      expect(await warehouse().query({ sql: 'select kind from ops.builds' })).toEqual([{ kind: before }])
    })

    test('whose first audit finds rows leaves nothing', async () => {
      await faultOf(warehouse().publish(publication('select -1 as id', { audits: broken })))
      expect(await warehouse().columns('marts.thing')).toBeUndefined()
    })

    test('whose query is wrong leaves what stood, and the Fault names relation and line', async () => {
      await warehouse().publish(publication('select 1 as id'))
      const fault = await faultOf(warehouse().publish(publication('select\n  nonsense as id\nfrom range(3)')))
      expect(fault.where).toBe('marts.thing, line 2')
      expect(fault.what).toContain('nonsense')
      expect(await ids()).toEqual([1n])
    })

    test('whose query breaks half way leaves what stood', async () => {
      await warehouse().publish(publication('select 1 as id'))
      await faultOf(
        warehouse().publish(
          publication("select case when id = 900 then error('boom') else id end as id from range(1000) as r(id)"),
        ),
      )
      expect(await ids()).toEqual([1n])
    })

    test('leaves nothing beside the relation', async () => {
      await warehouse().publish(publication('select 1 as id'))
      await faultOf(warehouse().publish(publication('select -1 as id', { audits: broken })))
      expect(
        await warehouse().query({
          sql: "select table_name from information_schema.tables where table_schema = 'marts'",
        }),
      ).toEqual([{ table_name: 'thing' }])
    })

    test.each(['table', 'view'] as const)(
      'of a %s tells the warehouse what it is and what its columns are',
      async kind => {
        const told = { relation: "One row a thing; it's all", columns: { id: 'Its "id"' } }
        await warehouse().publish({ ...publication('select 1 as id, 2 as more', { kind }), told })
        const comments = async (sql: string): Promise<unknown> => (await warehouse().query({ sql }))[0]?.comment
        expect(await comments(`select comment from duckdb_${kind}s() where schema_name = 'marts'`)).toBe(
          "One row a thing; it's all",
        )
        expect(
          await comments(`select comment from duckdb_columns() where schema_name = 'marts' and column_name = 'id'`),
        ).toBe('Its "id"')
      },
    )

    test('that no longer gives a column which is told of leaves what stood', async () => {
      await warehouse().publish(publication('select 1 as id'))
      const told = { relation: 'One row a thing', columns: { gone: 'Not there' } }
      const fault = await faultOf(warehouse().publish({ ...publication('select 2 as id'), told }))
      expect(fault).toMatchObject({ what: expect.stringContaining('gone'), where: 'marts.thing', kind: 'guard' })
      expect(await ids()).toEqual([1n])
    })

    test('takes a query that ends in a comment', async () => {
      await warehouse().publish(publication('select 1 as id -- the end'))
      expect(await ids()).toEqual([1n])
    })
  })
}
