import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../../jobs/job.ts'
import { inlineDeliverer } from '../../../scheduler/deliver/inline.ts'
import { type Claim, claim } from '../../../scheduler/kernel/claim.ts'
import { thisProcess } from '../../../scheduler/kernel/holder.ts'
import { createRun, supersedeUnfinished } from '../../../scheduler/kernel/run.ts'
import { type Office, openOffice, roomOf } from '../../../scheduler/office.ts'
import { closedEnds, planNight } from '../../../scheduler/planner/plan-night.ts'
import { noTraces } from '../../../scheduler/telemetry/traces.ts'
import { workOn } from '../../../scheduler/worker.ts'
import { lineRecord, orderRecord } from '../../jobs/gate/orders.ts'
import { type ToyProject, toyProject, toySettings } from '../toy/project.ts'
import { type Deed, type Has, loadingCatalogue } from './catalogue.ts'

export type Step = 'extract orders north' | 'load orders north'
export interface Claiming {
  readonly run: string
  readonly step: Step
  readonly holder?: Parameters<typeof claim>[2]['holder']
  readonly now?: number
}

/** A real house with one pipeline, in which this process may do each part of a night by itself, and commands may be processes of their own. */
export interface LoadingHouse {
  readonly project: ToyProject
  /** The shop's orders change; a bad one is given in a form that no contract admits. */
  change(at: string, orders: readonly number[], bad?: boolean): void
  /** How the next load ends. */
  told(deed: Deed): void
  /** Plans the night that ends then, and takes over what an earlier one left. */
  begin(at: string, now?: number): Promise<string>
  /** Works on a run to its end, as the command does. */
  work(run: string): Promise<void>
  claimed(claiming: Claiming): Promise<Claim>
  /** Does a claimed step, and leaves it to the caller to say so. */
  does(held: Claim): Promise<Report>
  office(): Promise<Office>
  /** Rows of the warehouse as text. */
  rows(sql: string): Promise<readonly string[]>
  orders(): Promise<readonly string[]>
  loads(): Promise<readonly string[]>
  intervals(): Promise<readonly string[]>
  end(): Promise<void>
}

export function loadingHouse(): LoadingHouse {
  const project = toyProject([], { main: join(import.meta.dirname, 'main.ts'), catalogue: loadingCatalogue })
  const { north } = toySettings.connections
  project.config({ ...toySettings, connections: { north: { ...north, endpoint: project.root } } })
  const has = new Map<number, Has>()
  let opened: Office | undefined
  const office = async (): Promise<Office> => {
    opened ??= await openOffice({ root: project.root, command: 'test' })
    return opened
  }
  const house: LoadingHouse = {
    project,
    office,
    change(at, orders, bad = false) {
      for (const n of orders) has.set(n, { at, records: [orderOf(n, at, bad), lineRecord(n)] })
      writeFileSync(join(project.root, 'shop.json'), JSON.stringify([...has.values()]))
    },
    told: deed => writeFileSync(join(project.root, 'deed.txt'), deed),
    async begin(at, now = Date.now()) {
      const { state, environment, ...more } = await office()
      await supersedeUnfinished(state, 'night', now)
      const ends = await closedEnds(state)
      const steps = await planNight({ project: more.project, environment, catalogue: loadingCatalogue, at, ends })
      return createRun(state, { run: `night of ${at}`, slot: at, steps }, now)
    },
    work: async run => workIn(await office(), run),
    async claimed({ run, step, holder = thisProcess(), now = Date.now() }) {
      const held = await claim((await office()).state, { run, step }, { holder, now })
      if (held === undefined) throw new Error(`${step} cannot be claimed`)
      return held
    },
    async does(held) {
      const room = roomIn(await office(), held)
      const job = loadingCatalogue.jobs.find(({ name }) => name === held.step.job)
      return job?.run(room, held.step) ?? { counts: {} }
    },
    async rows(sql) {
      const { lane } = await office()
      const found = await lane.use(warehouse => warehouse.query({ sql }))
      return found.map(row => Object.values(row).join(' '))
    },
    orders: () =>
      house.rows(
        `select legacy_id, strftime(updated_at, '%m-%d') from raw.storefront_order order by legacy_id::int, updated_at`,
      ),
    loads: () =>
      house.rows(
        `select strftime(interval_from, '%m-%d'), strftime(interval_to, '%m-%d'), state from ops.loads order by all`,
      ),
    async intervals() {
      const found = await (await office()).state.read.selectFrom('interval').selectAll().orderBy('from_at').execute()
      return found.map(({ from_at, to_at, state }) => `${from_at.slice(5, 10)} ${to_at.slice(5, 10)} ${state}`)
    },
    async end() {
      await opened?.close()
      project.remove()
    },
  }
  return house
}

function orderOf(n: number, at: string, bad: boolean): object {
  const { transactions: _, refunds: __, fulfillments: ___, ...plain } = orderRecord(n)
  const wrong = bad ? { currencyCode: 'EURO' } : {}
  return { ...plain, customer: null, updatedAt: `${at.slice(0, 19)}Z`, ...wrong }
}

const roomIn = (office: Office, held: Claim, signal = new AbortController().signal) =>
  roomOf(office, loadingCatalogue, { held, signal, progress: () => undefined })

const workIn = (office: Office, run: string): Promise<void> =>
  workOn({
    state: office.state,
    deliverer: inlineDeliverer(1),
    run,
    signal: new AbortController().signal,
    room: (held, { signal }) => roomIn(office, held, signal),
    tell: () => undefined,
    masked: fault => fault,
    random: () => 0,
    traces: noTraces,
  })
