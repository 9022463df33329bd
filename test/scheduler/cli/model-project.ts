import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from '../../../jobs/build.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { commandLine, type Ran } from '../../command-line.ts'

/** A project of models alone: no connection, no source; what they read are seeds. */
export interface ModelProject {
  readonly root: string
  write(files: Readonly<Record<string, string>>): void
  boomerang(...argv: readonly string[]): Promise<Ran>
  remove(): void
}

const settings = `export const config = {
  schedule: { cron: '0 2 * * *', timeZone: 'UTC' },
  connections: {},
  variables: { least: { type: 'DECIMAL(38,9)', value: '10' } },
  environments: {
    toy: { delivers: false, warehouse: { kind: 'duckdb', path: 'w.duckdb' }, landing: 'landing', state: 'state.sqlite', clock: 'file:clock.json#now' },
  },
}\n`

export function modelProject(syncs: Catalogue['syncs'] = []): ModelProject {
  const root = mkdtempSync(join(tmpdir(), 'boomerang-models-'))
  const catalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs, jobs: [build] }
  const write: ModelProject['write'] = files => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
  }
  write({ 'boomerang.config.ts': settings, 'clock.json': JSON.stringify({ now: '2026-06-30T03:00:00Z' }) })
  return {
    root,
    write,
    boomerang: (...argv) => commandLine({ root, argv, catalogue: async () => catalogue }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

export const header = (yaml: string, sql = ''): string => `/* @model\ndoc: One row.\n${yaml}\n*/\n${sql}\n`
