import { join } from 'node:path'
import { missingOps } from '../../models/warehouse/duckdb/missing-ops.ts'
import { type Backup, makeBackup } from '../backup/backup.ts'
import { restoreBackup, stillWorks, whoWorks } from '../backup/restore.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import type { Site } from '../site.ts'
import { stateVersion } from '../state/migrate.ts'
import { migrations } from '../state/migrations.ts'
import { openState } from '../state/open.ts'
import { counted, grouped, minute } from './table.ts'

/** Copies what cannot be fetched again. */
export async function backup(office: Office, folder: string): Promise<number> {
  const made = await makeBackup(office, folder)
  say(`${folder}: ${textOf(made)}.\n${besidesText(office)}`)
  return exitCodes.ok.code
}

const textOf = ({ rows, stateVersion: version, files }: Backup): string => {
  const bytes = files.find(({ name }) => name.endsWith('.duckdb'))?.bytes
  const warehouse = bytes === undefined ? 'no warehouse yet' : `the warehouse (${grouped(bytes / 1024 ** 2)} MB)`
  return `the state store (version ${version}, ${counted(rows, 'row')}) and ${warehouse}`
}

const besidesText = ({ environment: { landing } }: Office): string =>
  `Not in it: landings and events that wait (${landing}), settings and secrets. Keep those as you keep files.`

export interface RestoreOptions {
  readonly replace: boolean
}

/** Puts a backup in the place of what stands. */
export async function restore(site: Site, folder: string, { replace }: RestoreOptions): Promise<number> {
  const { backup: made, aside } = await restoreBackup(site, { folder, replace, now: new Date() })
  say(
    [
      `Restored as of ${minute(made.at)}Z: ${textOf(made)}.`,
      ...aside.map(name => `What stood before is kept as ${name}.`),
      'next         boomerang doctor, then boomerang run: the next night reads again what came since',
    ].join('\n'),
  )
  return exitCodes.ok.code
}

export interface UpgradeOptions {
  readonly plan: boolean
}

/** Brings the state store and `ops` up to this boomerang, after a backup; or only says what that would change. */
export async function upgrade(office: Office, { plan }: UpgradeOptions): Promise<number> {
  const { state, environment, project } = office
  const version = await stateVersion(state)
  const columns = await office.lane.holding(() => missingOps(environment.warehouse.path))
  const changes = [
    ...migrations
      .slice(version)
      .flatMap((statements, at) => [
        `state store, version ${version + at} to ${version + at + 1}:`,
        ...statements.map(statement => `  ${statement.replaceAll(/\s+/g, ' ')}`),
      ]),
    ...(columns.length === 0 ? [] : [`warehouse, new in ops: ${columns.join(', ')}`]),
  ]
  if (changes.length === 0) say(`Nothing to do: the state store has version ${version}, and ops has all its columns.`)
  else if (plan)
    say(
      [...changes, '', 'Nothing was done. next: stop every boomerang of the house, then boomerang upgrade'].join('\n'),
    )
  else {
    const busy = await whoWorks(state)
    if (busy !== undefined) throw stillWorks(busy, 'upgrade')
    const folder = join(project.root, '.boomerang', 'backups', `before-version-${migrations.length}-${Date.now()}`)
    await makeBackup(office, folder)
    await (await openState(office.stateTerms, { older: 'upgrade' })).close()
    await office.lane.use(async () => undefined)
    say([...changes, '', `Done. What stood before: ${folder}`].join('\n'))
  }
  return exitCodes.ok.code
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
