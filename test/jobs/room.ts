import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection, Environment } from '../../contracts/connection.ts'
import type { Json } from '../../contracts/context.ts'
import type { Catalogue, Room } from '../../jobs/job.ts'
import type { Journal, JournalEntry } from '../../jobs/journal.ts'
import { openDuckdb } from '../../models/warehouse/duckdb/duckdb.ts'
import type { Warehouse } from '../../models/warehouse/warehouse.ts'

/** A room for one job's tests: a real warehouse in memory, a folder for landings, and a clock that stands still. */
export interface TestRoom extends Omit<Room, 'token'> {
  /** One for each claim of a step: a test that runs a step twice raises it in between. */
  token: number
  readonly opened: Warehouse
  readonly folder: string
  end(): Promise<void>
}

export const emptyCatalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs: [], jobs: [] }

export const connection = (name: string, more: Partial<Connection> = {}): Connection => ({
  name,
  system: 'shopify',
  brand: 'Nordlicht',
  region: 'EU',
  currency: 'EUR',
  timeZone: 'Europe/Berlin',
  endpoint: '',
  account: name,
  secrets: {},
  since: '2026-01-01T00:00:00.000000Z',
  ...more,
})

export interface RoomSettings {
  readonly catalogue?: Partial<Catalogue>
  readonly connections?: readonly Connection[]
  readonly delivers?: boolean
  readonly now?: string
}

export async function testRoom({
  catalogue = {},
  connections = [],
  delivers = true,
  now = '2026-06-30T03:00:00Z',
}: RoomSettings): Promise<TestRoom> {
  const folder = await mkdtemp(join(tmpdir(), 'room-'))
  const opened = await openDuckdb(':memory:', { threads: 1 })
  const environment: Environment = {
    name: 'test',
    delivers,
    connections,
    warehouse: { kind: 'duckdb', path: ':memory:' },
    variables: {},
    landing: join(folder, 'landing'),
    state: { address: '' },
  }
  const memory = new Map<string, Json>()
  return {
    now: () => new Date(now),
    fetch: (url, init) => fetch(url, init),
    secret: reference => reference,
    hide: () => undefined,
    log: () => undefined,
    sleep: async () => undefined,
    signal: new AbortController().signal,
    resume: {
      get: async name => memory.get(name),
      set: async (name, value) => void (value === undefined ? memory.delete(name) : memory.set(name, value)),
    },
    project: {
      root: folder,
      schedule: { cron: '0 2 * * *', timeZone: 'UTC', catchUp: 'latest' },
      targets: ['duckdb'],
      environments: [environment],
    },
    environment,
    catalogue: { ...emptyCatalogue, ...catalogue },
    run: 'run-1',
    token: 1,
    warehouse: work => work(opened),
    journal: memoryJournal(),
    progress: () => undefined,
    opened,
    folder,
    async end() {
      await opened.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function memoryJournal(): Journal {
  const entries = new Map<string, JournalEntry>()
  return {
    unsettled: async () => [...entries.values()],
    async sending(_, added) {
      for (const entry of added) entries.set(entry.change.key, entry)
    },
    async answered(_, outcomes) {
      for (const [key, outcome] of outcomes) {
        const entry = entries.get(key)
        if (entry !== undefined) entries.set(key, { ...entry, outcome })
      }
    },
    async settled(_, keys) {
      for (const key of keys) entries.delete(key)
    },
  }
}
