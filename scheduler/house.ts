import { randomUUID } from 'node:crypto'
import { Fault } from '../contracts/fault.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'
import { closedEnds, pipelineKey } from './planner/plan-night.ts'
import type { State } from './state/state.ts'

/**
 * One house has one id, in its state store and in its warehouse. A new state store takes over what the warehouse knows: its id, its
 * highest token, what is loaded. A Fault where the two belong to different houses, or where the warehouse lacks loads that the
 * state store believes in: a night would leave them out.
 */
export async function checkHouse(state: State, warehouse: Warehouse): Promise<void> {
  const known = await houseOf(state)
  const stands = await standing(warehouse)
  if (known !== undefined && stands.house !== undefined && known !== stands.house) throw otherHouse(known, stands.house)
  const id = known ?? stands.house ?? randomUUID()
  if (known === undefined) await adopt(state, id, stands.loads)
  else await checkLoads(state, stands.loads)
  await raiseTokens(state, stands.token)
  if (stands.house === undefined) await warehouse.local.run(`insert into ops.house values ('${id}')`)
}

export async function houseOf(state: State): Promise<string | undefined> {
  const row = await state.read.selectFrom('meta').select('value').where('key', '=', 'house').executeTakeFirst()
  return row?.value
}

interface Loaded {
  readonly pipeline: string
  readonly connection: string
  readonly from: string
  readonly to: string
}

interface Standing {
  readonly house: string | undefined
  /** The highest that any relation has seen. */
  readonly token: number
  readonly loads: readonly Loaded[]
}

async function standing(warehouse: Warehouse): Promise<Standing> {
  const [house] = await warehouse.query({ sql: 'select house from ops.house' })
  const [fence] = await warehouse.query({ sql: 'select max(token) as token from ops.fences' })
  const loads = await warehouse.query({
    sql: `select pipeline, connection, min(interval_from) as first, max(interval_to) as last from ops.loads
      where state = 'applied' and pipeline is not null and asked is null group by pipeline, connection order by pipeline, connection`,
  })
  return {
    house: house === undefined ? undefined : String(house.house),
    token: Number(fence?.token ?? 0),
    loads: loads.map(row => ({
      pipeline: String(row.pipeline),
      connection: String(row.connection),
      from: String(row.first),
      to: String(row.last),
    })),
  }
}

async function adopt(state: State, id: string, loads: readonly Loaded[]): Promise<void> {
  await state.write(async tables => {
    await tables
      .insertInto('meta')
      .values({ key: 'house', value: id })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    for (const { pipeline, connection, from, to } of loads)
      await tables
        .insertInto('interval')
        .values({ pipeline, connection, from_at: from, to_at: to, state: 'closed', run: '' })
        .onConflict(conflict => conflict.doNothing())
        .execute()
  })
}

/** The warehouse decides what is loaded: an interval that only the state store calls closed would never be read again. */
async function checkLoads(state: State, loads: readonly Loaded[]): Promise<void> {
  const loaded = new Map(loads.map(({ pipeline, connection, to }) => [pipelineKey(pipeline, connection), to]))
  const lacking = [...(await closedEnds(state))].filter(([key, end]) => (loaded.get(key) ?? '') < end)
  if (lacking.length === 0) return
  throw new Fault({
    what: `the warehouse lacks loads that the state store knows of: ${lacking.map(([key, end]) => `${key} up to ${end.slice(0, 16)}Z`).join(', ')}`,
    where: 'the warehouse and the state store',
    hint: 'Bring back the warehouse that belongs to this state store; or move the state store away and let `boomerang rebuild` make another: the next night then loads again what this warehouse lacks. Nothing was done.',
    retry: 'never',
  })
}

/** Every token that is given from now on is higher than all that the warehouse has seen. */
async function raiseTokens(state: State, token: number): Promise<void> {
  const counter = await state.read.selectFrom('counter').select('value').where('name', '=', 'token').executeTakeFirst()
  if ((counter?.value ?? 0) >= token) return
  await state.write(tables =>
    tables
      .updateTable('counter')
      .set({ value: token })
      .where('name', '=', 'token')
      .where('value', '<', token)
      .execute(),
  )
}

const otherHouse = (known: string, stands: string): Fault =>
  new Fault({
    what: `the state store belongs to the house ${known}, and the warehouse to ${stands}`,
    where: 'the state store and the warehouse',
    hint: 'Point the environment at the state store and the warehouse of one house; nothing was done.',
    retry: 'never',
  })
