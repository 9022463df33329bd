import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fault } from '../../contracts/fault.ts'

/** Stands beside the warehouse from before the first thing is moved until the last one is in its place. */
const markOf = (warehouse: string): string => `${warehouse}.half-restored`

/** Gives what ends it. */
export async function beginRestore(warehouse: string): Promise<() => Promise<void>> {
  await mkdir(dirname(warehouse), { recursive: true })
  await writeFile(markOf(warehouse), '', { flush: true })
  return () => rm(markOf(warehouse))
}

/** A Fault where a restore was begun and did not end: what stands then is no house, and would be begun anew. */
export function checkWholeHouse(warehouse: string): void {
  if (!existsSync(markOf(warehouse))) return
  throw new Fault({
    what: 'a backup was to be restored here, and that did not end',
    where: warehouse,
    hint: 'Restore it again, `boomerang restore <folder> --replace`; what stood before is kept beside it, under names with `.before-`. Nothing was done.',
    retry: 'never',
  })
}
