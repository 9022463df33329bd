import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDuckdb } from '../../models/warehouse/duckdb/duckdb.ts'
import type { LoadFacts, Warehouse } from '../../models/warehouse/warehouse.ts'
import { checkHouse, houseOf } from '../../scheduler/house.ts'
import { createRun } from '../../scheduler/kernel/run.ts'
import { finish } from '../../scheduler/kernel/settle.ts'
import { closedEnds } from '../../scheduler/planner/plan-night.ts'
import { claimed, loading, newPlace, type Place, step } from './fixture.ts'

let place: Place
let warehouse: Warehouse
beforeEach(async () => {
  place = await newPlace()
  warehouse = await openDuckdb(':memory:', { threads: 1 })
})
afterEach(async () => {
  await warehouse.close()
  await place.end()
})

const from = '2026-06-29T02:00:00.000000Z'
const to = '2026-06-30T02:00:00.000000Z'
const load = (token: number, more: Partial<LoadFacts> = {}) =>
  warehouse.apply({
    key: `load ${token}`,
    token,
    writes: ['raw.order'],
    statements: [],
    load: {
      pipeline: 'orders',
      connection: 'north',
      from,
      to,
      state: 'applied',
      run: 'r',
      judgedAt: to,
      at: to,
      counts: {},
      ...more,
    },
  })
const houseInWarehouse = async () =>
  (await warehouse.query({ sql: 'select house from ops.house' })).map(row => row.house)

test('a new state store and a new warehouse become one house', async () => {
  await checkHouse(place.state, warehouse)
  expect(await houseInWarehouse()).toEqual([await houseOf(place.state)])
  await checkHouse(place.state, warehouse)
  expect(await houseInWarehouse()).toHaveLength(1)
})

test('a state store that was lost takes over the id, counts on from the highest token, and knows what is loaded', async () => {
  await checkHouse(place.state, warehouse)
  await load(4_711)
  const fresh = await newPlace()
  await checkHouse(fresh.state, warehouse)
  expect(await houseOf(fresh.state)).toBe(await houseOf(place.state))
  expect(await closedEnds(fresh.state)).toEqual(new Map([['orders north', to]]))
  await createRun(fresh.state, { run: 'r', slot: to, steps: [step('a')] }, 0)
  expect((await claimed(fresh.state, 'a')).token).toBe(4_712)
  await fresh.end()
})

test('what was asked for once more tells a new state store nothing of how far the nights are', async () => {
  await checkHouse(place.state, warehouse)
  await load(1)
  const later = '2026-07-09T00:00:00.000000Z'
  await load(2, { from: '2026-07-08T00:00:00.000000Z', to: later, asked: later })
  const fresh = await newPlace()
  await checkHouse(fresh.state, warehouse)
  expect(await closedEnds(fresh.state)).toEqual(new Map([['orders north', to]]))
  await fresh.end()
})

test('a state store that was restored from an older copy counts on from the highest token', async () => {
  await checkHouse(place.state, warehouse)
  await load(99)
  await checkHouse(place.state, warehouse)
  await createRun(place.state, { run: 'r', slot: to, steps: [step('a')] }, 0)
  expect((await claimed(place.state, 'a')).token).toBe(100)
})

test('a state store and a warehouse of two houses are refused', async () => {
  await checkHouse(place.state, warehouse)
  const other = await newPlace()
  const otherWarehouse = await openDuckdb(':memory:', { threads: 1 })
  await checkHouse(other.state, otherWarehouse)
  await expect(checkHouse(other.state, warehouse)).rejects.toMatchObject({
    what: `the state store belongs to the house ${await houseOf(other.state)}, and the warehouse to ${await houseOf(place.state)}`,
    retry: 'never',
  })
  await otherWarehouse.close()
  await other.end()
})

test('a warehouse that lacks a load of a closed interval is refused: a night would leave it out', async () => {
  await checkHouse(place.state, warehouse)
  await createRun(place.state, { run: 'r', slot: to, steps: [loading('load', from, to)] }, 0)
  await finish(place.state, await claimed(place.state, 'load'), { counts: {} }, 1)
  await expect(checkHouse(place.state, warehouse)).rejects.toMatchObject({
    what: 'the warehouse lacks loads that the state store knows of: orders north up to 2026-06-30T02:00Z',
  })
  await load(1)
  await checkHouse(place.state, warehouse)
})
