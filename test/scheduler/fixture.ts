import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Step } from '../../jobs/job.ts'
import { type Claim, claim } from '../../scheduler/kernel/claim.ts'
import { type Holder, thisProcess } from '../../scheduler/kernel/holder.ts'
import { openState } from '../../scheduler/state/open.ts'
import type { State, StepState } from '../../scheduler/state/state.ts'
import { noPostgres, type Postgres, sharedPostgres } from '../postgres.ts'

/** A real state store for one test, and a folder. */
export interface Place {
  readonly folder: string
  /** Under which other processes open the same store. */
  readonly address: string
  readonly state: State
  end(): Promise<void>
}

export async function newPlace(version?: number): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'boomerang-state-'))
  const address = join(folder, 'state.sqlite')
  return placeAt({ folder, address, version, remove: async () => undefined })
}

async function placeAt({
  folder,
  address,
  version,
  remove,
}: Pick<Place, 'folder' | 'address'> & {
  readonly version: number | undefined
  readonly remove: () => Promise<void>
}): Promise<Place> {
  const state = await openState({ address }, version === undefined ? {} : { version })
  return {
    folder,
    address,
    state,
    async end() {
      await state.close()
      await remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The same tests over every kind of state store; a store may be one as an older version made it. */
export function overEveryStore(tests: (newPlace: (version?: number) => Promise<Place>) => void): void {
  describe('over SQLite', () => tests(newPlace))
  describe.skipIf(noPostgres !== undefined)(
    `over PostgreSQL${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
    () => {
      let server: Postgres
      beforeAll(async () => {
        server = await sharedPostgres()
      }, 60_000)
      afterAll(() => server.stop())
      tests(async version => {
        const schema = `s${randomUUID().slice(0, 8)}`
        return placeAt({
          folder: mkdtempSync(join(tmpdir(), 'boomerang-state-')),
          version,
          address: `${server.url}?schema=${schema}`,
          remove: async () => void (await server.query(`drop schema ${schema} cascade`)),
        })
      })
    },
  )
}

export const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  job: 'toy',
  args: {},
  after: [],
  writes: [],
  risk: 'operational',
  ...more,
})

/** A load step that closes the interval of the pipeline `orders` on `north`. */
export const loading = (id: string, from: string, to: string): Step =>
  step(id, { args: { pipeline: 'orders', connection: 'north', interval: { from, to }, closes: true } })

/** A process that is certainly gone: this machine gives no such pid. */
export const deadHolder: Holder = { ...thisProcess(), pid: 2 ** 22 + 7 }
/** One of another machine: nothing is known of it. */
export const farHolder: Holder = { pid: 1, host: 'another machine', space: '', started: '' }

export async function claimed(
  state: State,
  id: string,
  {
    run = 'r',
    now = 0,
    holder = thisProcess(),
  }: { readonly run?: string; readonly now?: number; readonly holder?: Holder } = {},
): Promise<Claim> {
  const held = await claim(state, { run, step: id }, { holder, now })
  if (held === undefined) throw new Error(`${id} cannot be claimed`)
  return held
}

export async function statesOf(state: State, run = 'r'): Promise<Readonly<Record<string, StepState>>> {
  const rows = await state.read
    .selectFrom('step')
    .select(['id', 'state'])
    .where('run', '=', run)
    .orderBy('ordinal')
    .execute()
  return Object.fromEntries(rows.map(row => [row.id, row.state]))
}

export async function runState(state: State, run = 'r'): Promise<string | undefined> {
  return (await state.read.selectFrom('run').select('state').where('id', '=', run).executeTakeFirst())?.state
}
