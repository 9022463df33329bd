import { existsSync } from 'node:fs'
import { copyFile, mkdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../../contracts/fault.ts'
import { houseOf } from '../house.ts'
import { isAlive } from '../kernel/claim.ts'
import { type Holder, isDead } from '../kernel/holder.ts'
import { setFileAside } from '../set-aside.ts'
import type { Site } from '../site.ts'
import { openState, setStateAside, stateExists } from '../state/open.ts'
import type { State } from '../state/state.ts'
import { type Backup, readBackup, stateFile, warehouseFile } from './backup.ts'
import { beginRestore } from './half-restored.ts'
import { importState } from './state-copy.ts'

export interface Restored {
  readonly backup: Backup
  /** What stood before, under its new names. */
  readonly aside: readonly string[]
}

export interface RestoreTerms {
  readonly folder: string
  /** True where what stands may be moved aside. */
  readonly replace: boolean
  readonly now: Date
}

/**
 * Puts a backup in the place of the state store and the warehouse. What stands there is moved aside, never deleted, and only where that was asked
 * for, nothing works, and it is of the same house. A house in which a restore did not end is refused until one does.
 */
export async function restoreBackup(site: Site, { folder, replace, now }: RestoreTerms): Promise<Restored> {
  const backup = await readBackup(folder)
  const { path: named } = site.environment.warehouse
  /** A link is left as it is: what it points at is replaced, on the disk on which that lies. */
  const path = await realpath(named).catch(() => named)
  const stands = await standing(site)
  checkStanding(stands, backup)
  if (!replace && (!stands.isEmpty || existsSync(path))) throw occupied(site)
  const has = backup.files.some(({ name }) => name === warehouseFile)
  const brought = has ? await bring(join(folder, warehouseFile), path) : undefined
  const end = await beginRestore(named)
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  const first = await setStateAside(site.stateTerms, stamp).catch(async (error: unknown) => {
    await end()
    if (brought !== undefined) await rm(brought, { force: true })
    throw error
  })
  const aside = [first, await setFileAside(path, stamp)]
  const state = await openState(site.stateTerms, { version: backup.stateVersion })
  await importState(state, join(folder, stateFile)).finally(() => state.close())
  await (await openState(site.stateTerms, { older: 'upgrade' })).close()
  if (brought !== undefined) await rename(brought, path)
  await end()
  return { backup, aside: aside.filter(name => name !== undefined) }
}

/** Beside its place, so that what stands is moved only once there is something to take its place. */
async function bring(from: string, path: string): Promise<string> {
  const beside = `${path}.restoring`
  await mkdir(dirname(path), { recursive: true })
  await copyFile(from, beside).catch(async (error: unknown) => {
    await rm(beside, { force: true })
    throw error
  })
  return beside
}

/** What may be known of the store that stands. */
interface Standing {
  readonly isEmpty: boolean
  readonly house?: string | undefined
  readonly busy?: Holder | undefined
}

/** One that cannot be read is only moved aside: it may be why a backup is needed. */
async function standing({ stateTerms }: Site): Promise<Standing> {
  if (!(await stateExists(stateTerms))) return { isEmpty: true }
  const state = await openState(stateTerms, { older: 'leave' }).catch((error: unknown) => {
    if (error instanceof Fault && error.retry !== 'never') throw error
    return undefined
  })
  if (state === undefined) return { isEmpty: false }
  try {
    const house = await houseOf(state)
    return { isEmpty: house === undefined, house, busy: await whoWorks(state) }
  } finally {
    await state.close()
  }
}

function checkStanding({ house, busy }: Standing, backup: Backup): void {
  if (busy !== undefined) throw stillWorks(busy, 'restore')
  if (house !== undefined && backup.house !== null && house !== backup.house) throw otherHouse(backup, house)
}

export async function whoWorks(state: State): Promise<Holder | undefined> {
  const now = await state.now()
  const steps = await state.read.selectFrom('step').selectAll().where('state', '=', 'running').execute()
  const leases = await state.read.selectFrom('lease').selectAll().where('until', '>', now).execute()
  const holders = [...steps.filter(row => isAlive(row, now)), ...leases].map(
    ({ holder }) => JSON.parse(holder ?? '{}') as Holder,
  )
  return holders.find(holder => !isDead(holder))
}

export const stillWorks = ({ pid, host }: Holder, deed: 'restore' | 'upgrade'): Fault =>
  new Fault({
    what: `process ${pid} on ${host} still works`,
    where: 'the state store',
    hint: `Stop every \`boomerang\` of the house, and ${deed} then; nothing was done.`,
    retry: 'later',
    kind: 'held',
  })

const otherHouse = ({ house, environment }: Backup, stands: string): Fault =>
  new Fault({
    what: `the backup is of the house ${house} (environment ${environment}), and here stands the house ${stands}`,
    where: 'the backup',
    hint: 'Name the environment that it belongs to with --environment; nothing was done.',
    retry: 'never',
  })

const occupied = ({ environment }: Site): Fault =>
  new Fault({
    what: `the environment ${environment.name} has a state store or a warehouse already`,
    where: environment.warehouse.path,
    hint: 'With --replace they are moved aside, under other names, and nothing of them is lost. Nothing was done.',
    retry: 'never',
  })
