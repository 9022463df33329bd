import { trace } from '../../jobs/trace.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { table } from './table.ts'

/** Prints the way of one order or customer, station by station. */
export async function traceRecord({ lane }: Office, id: string): Promise<number> {
  const events = await lane.use(warehouse => trace(warehouse, id))
  process.stdout.write(
    `${table(events.map(({ at, stage, connection, what }) => [at === null ? '' : at.slice(0, 19).replace('T', ' '), stage, connection, what]))}\n`,
  )
  return exitCodes.ok.code
}
