import { join } from 'node:path'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import type { Warehouse } from '../../../models/warehouse/warehouse.ts'
import type { Deliverer } from '../../../scheduler/deliver/deliver.ts'
import { inlineDeliverer } from '../../../scheduler/deliver/inline.ts'
import { checkHouse } from '../../../scheduler/house.ts'
import { createRun, newestNight, nightId } from '../../../scheduler/kernel/run.ts'
import { warehouseLane } from '../../../scheduler/lane.ts'
import { type Office, openOffice, roomOf } from '../../../scheduler/office.ts'
import { closedEnds, planNight } from '../../../scheduler/planner/plan-night.ts'
import type { State } from '../../../scheduler/state/state.ts'
import { noTraces } from '../../../scheduler/telemetry/traces.ts'
import { workOn } from '../../../scheduler/worker.ts'
import { smallCatalogue } from './catalogue.ts'
import { type Boundaries, boundariesOf, type Death } from './deadly.ts'

/** A night of a small house in a process that dies where it is told; begun again, it goes on with what it finds. */
const [root = '', at = '0', side = 'before'] = process.argv.slice(2)
const slot = '2026-06-30T02:00:00.000000Z'

const boundaries = boundariesOf({ at: Number(at), side: side as Death['side'] }, join(root, 'boundaries.log'))
const catalogue = smallCatalogue(boundaries)
const office = guarded(await openOffice({ root, command: 'small' }), boundaries)
try {
  const run = await planned()
  await workOn({
    state: office.state,
    deliverer: guardedDeliverer(inlineDeliverer(1), boundaries),
    run,
    signal: new AbortController().signal,
    room: (held, more) => roomOf(office, catalogue, { held, ...more }),
    tell: () => undefined,
    masked: fault => fault,
    traces: noTraces,
    random: () => 0,
  })
} finally {
  await office.close()
}

async function planned(): Promise<string> {
  const { project, environment, state } = office
  const standing = await newestNight(state)
  if (standing !== undefined) return standing.id
  const steps = await planNight({ project, environment, catalogue, at: slot, ends: await closedEnds(state) })
  return createRun(state, { run: nightId(slot), slot, steps }, await state.now())
}

/** The office with each of its ways outside counted: every write of the state store, and of the warehouse. */
function guarded(found: Office, { crossing }: Boundaries): Office {
  const state: State = { ...found.state, write: work => crossing('state', () => found.state.write(work)) }
  const lane = warehouseLane({
    state,
    command: 'small',
    open: async () => guardedWarehouse(await openDuckdb(found.environment.warehouse.path), boundaries),
    opened: warehouse => checkHouse(state, warehouse),
  })
  return { ...found, state, lane, close: () => lane.close().finally(() => found.close()) }
}

function guardedWarehouse(warehouse: Warehouse, { crossing }: Boundaries): Warehouse {
  return {
    ...warehouse,
    stage: (relation, key) => crossing('stage', () => warehouse.stage(relation, key)),
    apply: unit => crossing('apply', () => warehouse.apply(unit)),
    publish: publication => crossing('publish', () => warehouse.publish(publication)),
  }
}

function guardedDeliverer(deliverer: Deliverer, { crossed }: Boundaries): Deliverer {
  return { ...deliverer, offer: wakes => crossed('offer', () => deliverer.offer(wakes)) }
}
