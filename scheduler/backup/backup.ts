import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { Fault } from '../../contracts/fault.ts'
import { instantOf } from '../../contracts/instant.ts'
import { parsedJson } from '../../contracts/parsed-json.ts'
import { houseOf } from '../house.ts'
import type { Office } from '../office.ts'
import { stateVersion } from '../state/migrate.ts'
import { migrations } from '../state/migrations.ts'
import { exportState } from './state-copy.ts'

/** What `backup.json` says of the files beside it. */
const form = z.object({
  format: z.literal(1),
  at: z.string(),
  house: z.string().nullable(),
  environment: z.string(),
  stateVersion: z.int(),
  rows: z.int(),
  files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })),
})

export type Backup = Readonly<z.infer<typeof form>>

export const stateFile = 'state.jsonl'
export const warehouseFile = 'warehouse.duckdb'
const manifest = 'backup.json'

/**
 * Copies the state store and the warehouse, as they are in one moment, into a new folder: nothing writes the warehouse meanwhile. The
 * folder has its name only once it is complete.
 */
export async function makeBackup({ state, lane, environment }: Office, folder: string): Promise<Backup> {
  const target = resolve(folder)
  if (existsSync(target)) throw taken(target)
  const draft = `${target}.part`
  const { path } = environment.warehouse
  if (existsSync(path)) await lane.use(async () => undefined)
  else if ((await houseOf(state)) !== undefined) throw lacksWarehouse(path)
  const copying = { state, path, environment: environment.name }
  return lane.holding(async () => {
    try {
      const backup = await copyInto(draft, copying)
      await writeFile(join(draft, manifest), `${JSON.stringify(backup, null, 2)}\n`, { flush: true })
      await rename(draft, target)
      return backup
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      throw error
    }
  })
}

interface Copying extends Pick<Office, 'state'> {
  /** Of the warehouse. */
  readonly path: string
  readonly environment: string
}

/** Copies into a new folder; what a killed backup left there is taken away. */
async function copyInto(draft: string, { state, path, environment }: Copying): Promise<Backup> {
  await rm(draft, { recursive: true, force: true })
  await mkdir(dirname(draft), { recursive: true })
  await mkdir(draft)
  const rows = await exportState(state, join(draft, stateFile))
  if (existsSync(path)) await copyFile(path, join(draft, warehouseFile))
  const names = [stateFile, ...(existsSync(path) ? [warehouseFile] : [])]
  const files = []
  for (const name of names) files.push({ name, ...(await measured(join(draft, name))) })
  return {
    format: 1 as const,
    at: instantOf(new Date(await state.now())),
    house: (await houseOf(state)) ?? null,
    environment,
    stateVersion: await stateVersion(state),
    rows,
    files,
  }
}

/** Reads a backup and holds its files to what it says of them; a Fault where they differ. */
export async function readBackup(folder: string): Promise<Backup> {
  const where = join(folder, manifest)
  const text = await readFile(where, 'utf8').catch(() => undefined)
  if (text === undefined)
    throw unusable('it holds no backup.json: it is no backup, or one that was never finished', folder)
  const backup = form.safeParse(parsedJson(text))
  if (!backup.success) throw unusable('its backup.json is none', where)
  checkReadable(backup.data, folder)
  for (const { name, ...said } of backup.data.files) {
    const path = join(folder, name)
    if (!existsSync(path)) throw unusable(`${name} is missing`, folder)
    const found = await measured(path)
    if (found.bytes !== said.bytes || found.sha256 !== said.sha256)
      throw unusable(`${name} is not what was copied`, path)
  }
  return backup.data
}

/** A Fault where a newer boomerang made it, or the copy of the state store is not in it. */
function checkReadable({ stateVersion: version, files }: Backup, folder: string): void {
  if (version > migrations.length)
    throw new Fault({
      what: `its state store has version ${version}, and this boomerang knows versions up to ${migrations.length}`,
      where: folder,
      hint: 'Use the newer boomerang that made the backup; nothing was restored.',
      retry: 'never',
    })
  if (!files.some(({ name }) => name === stateFile)) throw unusable(`it names no ${stateFile}`, folder)
}

async function measured(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') }
}

const lacksWarehouse = (where: string): Fault =>
  new Fault({
    what: 'the state store knows of a warehouse, and none stands here',
    where,
    hint: 'See that its disk is there, and that the environment names the right file; nothing was copied.',
    retry: 'never',
  })

const taken = (where: string): Fault =>
  new Fault({
    what: 'something stands there already',
    where,
    hint: 'Name a folder that does not exist yet; nothing was done.',
    retry: 'never',
  })

const unusable = (what: string, where: string): Fault =>
  new Fault({ what, where, hint: 'Take another backup; nothing was restored.', retry: 'never' })
