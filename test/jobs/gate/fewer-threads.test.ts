import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeOrders } from '../../../bench/orders-file.ts'
import { order } from '../../../contracts/storefront/order.ts'
import { withFewerThreads } from '../../../jobs/gate/fewer-threads.ts'
import { gate } from '../../../jobs/gate/gate.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import type { Warehouse } from '../../../models/warehouse/warehouse.ts'
import { faultOf } from '../../suite/warehouse.ts'
import { orderClaims } from './orders.ts'

let folder = ''
let warehouse: Warehouse
const lines = 20_000
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boomerang-threads-'))
  await writeOrders(join(folder, 'orders.jsonl'), lines)
  warehouse = await openDuckdb(join(folder, 'house.duckdb'), { memoryLimit: '180MB', threads: 4 })
  await warehouse.local.run(`attach ':memory:' as gate`)
})
afterAll(async () => {
  await warehouse.close()
  await rm(folder, { recursive: true, force: true })
})

const threads = async (): Promise<unknown> =>
  (await warehouse.query({ sql: `select current_setting('threads') as n` }))[0]?.n

test('records that do not fit on all threads are judged by fewer, and all threads are given back', async () => {
  const gated = await gate(warehouse.local, {
    path: join(folder, 'orders.jsonl'),
    format: 'ndjson',
    lines,
    longest: 2000,
    claims: orderClaims.filter(({ contract }) => contract === order),
    prefix: 'f',
    offset: 0,
    scratch: folder,
  })
  expect(gated.delivered).toBe(lines)
  expect(await threads()).toBe(4n)
})

test('what does not fit on one thread is a Fault that names the setting', async () => {
  const used: unknown[] = []
  const work = async (): Promise<void> => {
    used.push(await threads())
    await warehouse.local.run('create or replace table gate.big as select list(i) as l from range(60000000) as r(i)')
  }
  const fault = await faultOf(withFewerThreads(warehouse.local, work))
  expect(used).toEqual([4n, 2n, 1n])
  expect(fault).toMatchObject({
    kind: 'memory',
    retry: 'never',
    hint: expect.stringContaining('`memory` in the config'),
  })
  expect(await threads()).toBe(4n)
})
