import { once } from 'node:events'
import type { Warehouse } from '../../models/warehouse/warehouse.ts'
import { warehouseLane } from '../../scheduler/lane.ts'
import { openSqlite } from '../../scheduler/state/sqlite.ts'

/** Holds the warehouse of the state store until its input ends. */
const state = await openSqlite(process.argv[2] ?? '')
const open = async (): Promise<Warehouse> => ({ close: async () => undefined }) as unknown as Warehouse
const lane = warehouseLane({ state, command: 'run', open, opened: async () => undefined })
await lane.use(async () => {
  process.stdout.write('held\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
})
await lane.close()
await state.close()
