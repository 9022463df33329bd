import { randomUUID } from 'node:crypto'
import { Fault } from '../contracts/fault.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'
import type { State } from './state/state.ts'

/**
 * One house has one id, in its state store and in its warehouse. A new state store takes the id of the warehouse that it finds, and
 * counts on from its highest token; two ids that differ mean that one of the two belongs to another house.
 */
export async function checkHouse(state: State, warehouse: Warehouse): Promise<void> {
  const [house] = await warehouse.query({ sql: 'select house from ops.house' })
  const [fence] = await warehouse.query({ sql: 'select max(token) as token from ops.fences' })
  const known = await houseOf(state)
  const stands = house === undefined ? undefined : String(house.house)
  if (known !== undefined && stands !== undefined && known !== stands)
    throw new Fault({
      what: `the state store belongs to the house ${known}, and the warehouse to ${stands}`,
      where: 'the state store and the warehouse',
      hint: 'Point the environment at the state and the warehouse of one house; nothing was done.',
      retry: 'never',
    })
  const id = known ?? stands ?? randomUUID()
  if (known === undefined)
    await adopt(state, { id, token: Number(fence?.token ?? 0), closed: await closedLoads(warehouse) })
  if (stands === undefined) await warehouse.local.run(`insert into ops.house values ('${id}')`)
}

export async function houseOf(state: State): Promise<string | undefined> {
  const row = await state.read.selectFrom('meta').select('value').where('key', '=', 'house').executeTakeFirst()
  return row?.value
}

interface Closed {
  readonly pipeline: string
  readonly connection: string
  readonly from: string
  readonly to: string
}

/** What the warehouse knows to be loaded: it decides whether an interval is closed. */
async function closedLoads(warehouse: Warehouse): Promise<readonly Closed[]> {
  const rows = await warehouse.query({
    sql: `select pipeline, connection, min(interval_from) as first, max(interval_to) as last from ops.loads
      where state = 'applied' and pipeline is not null group by pipeline, connection`,
  })
  return rows.map(row => ({
    pipeline: String(row.pipeline),
    connection: String(row.connection),
    from: String(row.first),
    to: String(row.last),
  }))
}

async function adopt(
  state: State,
  { id, token, closed }: { readonly id: string; readonly token: number; readonly closed: readonly Closed[] },
): Promise<void> {
  await state.write(async tables => {
    await tables
      .insertInto('meta')
      .values({ key: 'house', value: id })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    await tables
      .updateTable('counter')
      .set(eb => ({ value: eb.fn<number>('max', ['value', eb.val(token)]) }))
      .where('name', '=', 'token')
      .execute()
    for (const { pipeline, connection, from, to } of closed)
      await tables
        .insertInto('interval')
        .values({ pipeline, connection, from_at: from, to_at: to, state: 'closed', run: '' })
        .onConflict(conflict => conflict.doNothing())
        .execute()
  })
}
