import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Contract } from '../../contracts/contract.ts'
import { rawName } from '../../models/warehouse/raw.ts'
import type { Cell } from '../../models/warehouse/warehouse.ts'
import { contracts, type Fixture, fixture } from './fixture.ts'

const cells = {
  text: 'x',
  instant: '2026-06-01T12:00:00Z',
  decimal: '1.50',
  integer: 2,
  flag: true,
  list: '[]',
} as const

const record = ({ row }: Contract): Readonly<Record<string, Cell>> =>
  Object.fromEntries(Object.entries(row).map(([column, { kind }]) => [column, cells[kind]]))

describe('staging', () => {
  let on: Fixture
  beforeAll(async () => {
    on = await fixture()
    for (const contract of contracts) {
      await on.add(contract, 'north', record(contract))
      await on.add(contract, 'south', { ...record(contract), _deleted_at: '2026-06-02T12:00:00Z' })
    }
  })
  afterAll(() => on.close())

  test('has one view for every contract, and nothing else reads raw', () => {
    const raw = new Set(contracts.map(rawName))
    const readers = on.models.flatMap(({ relation, reads, header }) =>
      reads.filter(read => raw.has(read)).map(read => ({ read, reader: relation.split('.')[0], kind: header.kind })),
    )
    expect(readers.toSorted((a, b) => (a.read < b.read ? -1 : 1))).toEqual(
      [...raw].toSorted().map(read => ({ read, reader: 'staging', kind: 'view' })),
    )
  })

  test('gives what stands, its connection first, and not what is gone', async () => {
    const views = on.models.filter(
      ({ relation, reads }) => relation.startsWith('staging.') && reads.some(read => read.startsWith('raw.')),
    )
    expect(views).toHaveLength(contracts.length)
    for (const { relation } of views) {
      const rows = await on.build(relation)
      expect([relation, ...rows.map(({ connection }) => connection)]).toEqual([relation, 'north'])
      expect(Object.keys(rows[0] ?? {})[0]).toBe('connection')
    }
  })

  test('names each row by its connection, and by the key of its contract', () => {
    for (const { relation, header, reads } of on.models.filter(model => model.relation.startsWith('staging.'))) {
      const contract = contracts.find(each => reads.includes(rawName(each)))
      if (contract === undefined) continue
      expect([relation, header.key?.[0], header.key?.length]).toEqual([relation, 'connection', contract.key.length + 1])
    }
  })
})
