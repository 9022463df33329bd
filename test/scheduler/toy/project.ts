import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Catalogue } from '../../../jobs/job.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import { openSqlite } from '../../../scheduler/state/sqlite.ts'
import type { State } from '../../../scheduler/state/state.ts'
import { commandLine, type Ran } from '../../command-line.ts'
import { compiledOnce } from '../../project.ts'
import { type ToyStep, toyCatalogue, triesOf } from './catalogue.ts'

export interface Ended extends Ran {
  readonly signal: NodeJS.Signals | null
}

/** A project in a folder of its own. */
export interface ToyProject {
  readonly root: string
  plan(steps: readonly ToyStep[]): void
  /** Sets the clock of its environment. */
  now(instant: string): void
  config(settings: object): void
  /** Runs a command in the process of the test. */
  boomerang(...argv: readonly string[]): Promise<Ran>
  /** Runs a command in a process of its own, which may end in other ways than by itself. */
  apart(...argv: readonly string[]): Promise<Ended>
  start(...argv: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> }
  readonly tries: () => readonly string[]
  /** How often each step's effect stands in the warehouse. */
  effects(): Promise<Readonly<Record<string, number>>>
  withState<T>(work: (state: State) => Promise<T>): Promise<T>
  log(name: string): string
  remove(): void
}

const connection = {
  system: 'toy',
  brand: 'Nordlicht',
  region: 'EU',
  currency: 'EUR',
  timeZone: 'Europe/Berlin',
  endpoint: 'nowhere',
  account: 'north',
  since: '2026-06-01T00:00:00Z',
}
const environment = {
  delivers: true,
  warehouse: { kind: 'duckdb', path: 'warehouse.duckdb', threads: 1 },
  landing: 'landing',
  state: 'state.sqlite',
  clock: 'file:now.txt',
}
export const toySettings = {
  schedule: { cron: '0 2 * * *', timeZone: 'UTC' },
  connections: { north: connection },
  environments: { toy: environment },
}

interface Program {
  /** What its processes run. */
  readonly main?: string
  /** What its commands have in the process of the test. */
  readonly catalogue?: Catalogue
}

const toyMain = join(import.meta.dirname, 'main.ts')

export function toyProject(
  steps: readonly ToyStep[] = [],
  { main = toyMain, catalogue = toyCatalogue }: Program = {},
): ToyProject {
  const root = mkdtempSync(join(tmpdir(), 'boomerang-toy-'))
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text)
  const start = (...argv: readonly string[]): ReturnType<ToyProject['start']> => {
    const child = spawn(process.execPath, [main, root, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: compiledOnce,
    })
    return { child, ended: endOf(child) }
  }
  const project: ToyProject = {
    root,
    plan: planned => write('toy.json', JSON.stringify(planned)),
    now: instant => write('now.txt', instant),
    config: settings => write('boomerang.config.ts', `export const config = ${JSON.stringify(settings)}\n`),
    start,
    boomerang: (...argv) => commandLine({ root, argv, catalogue: async () => catalogue }),
    apart: (...argv) => start(...argv).ended,
    tries: () => triesOf(root),
    effects: () => effectsIn(join(root, 'warehouse.duckdb')),
    async withState(work) {
      const state = await openSqlite(join(root, 'state.sqlite'))
      return work(state).finally(() => state.close())
    },
    log: name => readFileSync(join(root, '.boomerang', 'logs', `${name}.jsonl`), 'utf8'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
  project.plan(steps)
  project.now('2026-06-30T03:00:00Z')
  project.config(toySettings)
  return project
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.on('data', chunk => {
    out += String(chunk)
  })
  child.stderr?.on('data', chunk => {
    err += String(chunk)
  })
  return new Promise(resolve => child.on('close', (code, signal) => resolve({ code, signal, out, err })))
}

async function effectsIn(path: string): Promise<Readonly<Record<string, number>>> {
  const warehouse = await openDuckdb(path)
  try {
    const rows = await warehouse.query({
      sql: 'select id, count(*)::integer as n from toy.effect group by id order by id',
    })
    return Object.fromEntries(rows.map(({ id, n }) => [String(id), Number(n)]))
  } finally {
    await warehouse.close()
  }
}
