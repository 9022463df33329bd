import type { Environment } from '../../contracts/connection.ts'
import type { Job } from '../../jobs/job.ts'
import type { Wake } from '../../scheduler/deliver/deliver.ts'
import { claimableSteps } from '../../scheduler/kernel/claimable.ts'
import { cancelRun, createRun, reopen } from '../../scheduler/kernel/run.ts'
import type { Office } from '../../scheduler/office.ts'
import { planDue } from '../../scheduler/planner/planner.ts'
import { historyOf } from '../chaos/history.ts'
import { breachesOf } from '../chaos/oracle.ts'
import { emptyCatalogue } from '../jobs/room.ts'
import { randomGraph } from './graph.ts'
import { passedOver } from './warehouse.ts'
import { type SimWorker, takeWake } from './worker.ts'
import { newWorld, troubledMs, type World } from './world.ts'

export interface Simulated {
  readonly breaches: readonly string[]
  readonly runs: number
  readonly claims: number
  readonly crashes: number
}

/** What is over by then has hung, in milliseconds. */
const longestMs = 6 * 3_600_000
const policies = ['all', 'latest', 'none'] as const

/** A house from its first night to its last, by one seed: the real kernel and planner, and everything else against them. */
export async function simulate(seed: number): Promise<Simulated> {
  const world = await newWorld(seed)
  try {
    const workers = Array.from({ length: 3 }, (_, name): SimWorker => ({ name, life: 0, stillUntil: 0 }))
    const offer = loseAndDouble(world, workers)
    const policy = policies[Math.floor(world.random() * policies.length)] ?? 'latest'
    for (const every of [0, 1]) plans(world, { policy, every: 30_000 + 7_000 * every })
    reconciles(world, offer)
    troubles(world, workers)
    if (world.random() < 0.5) await replays(world)
    let isOver = false
    const looks = (): void =>
      world.agenda.later(30_000, async () => {
        isOver = world.agenda.time > troubledMs && (await runningRuns(world)).length === 0
        looks()
      })
    looks()
    await world.agenda.run(() => isOver || world.agenda.time > longestMs)
    return await judged(world, policy)
  } finally {
    await world.quiet.close()
  }
}

/** A queue that loses, doubles and delays what it is given. */
function loseAndDouble(world: World, workers: readonly SimWorker[]): (wakes: readonly Wake[]) => void {
  const offer = (wakes: readonly Wake[]): void => {
    for (const wake of wakes) for (let left = timesHandedOut(world); left > 0; left -= 1) handOut(wake)
  }
  const handOut = (wake: Wake): void => {
    const worker = workers[Math.floor(world.random() * workers.length)]
    const ms = world.chance(0.1) ? 20_000 * world.random() : 50 * world.random()
    if (worker !== undefined) world.agenda.later(ms, () => takeWake(world, worker, { wake, offer }))
  }
  return offer
}

const timesHandedOut = ({ chance }: World): number => (chance(0.2) ? 0 : chance(0.15) ? 2 : 1)

function reconciles(world: World, offer: (wakes: readonly Wake[]) => void): void {
  world.agenda.later(15_000, async () => {
    offer((await claimableSteps(world.state, { now: world.now() })).wakes)
    reconciles(world, offer)
  })
}

interface Planner {
  readonly policy: (typeof policies)[number]
  readonly every: number
}

/** A planner of nights that end every five minutes; its machine has a clock of its own. */
function plans(world: World, planner: Planner): void {
  const skew = Math.round((world.random() - 0.5) * 120_000)
  const since = new Date(world.now() + skew)
  const job: Job = {
    name: 'simulated',
    run: async () => ({ counts: {} }),
    steps: async night => randomGraph(world.random, night),
  }
  const office = {
    project: {
      root: '',
      schedule: { cron: '*/5 * * * *', timeZone: 'UTC', catchUp: planner.policy },
      environments: [],
    },
    environment: {
      connections: [{ name: 'north', since: '2026-06-01T00:00:00.000000Z' }],
    } as unknown as Environment,
    state: world.state,
    outside: { now: () => new Date(world.now() + skew) },
  } as unknown as Office
  const catalogue = { ...emptyCatalogue, jobs: [job] }
  const look = (): void =>
    world.agenda.later(planner.every, async () => {
      if (!world.chance(0.3) && world.agenda.time < troubledMs)
        await planDue(office, catalogue, since).catch(() => undefined)
      if (world.agenda.time < troubledMs) look()
    })
  look()
}

const replays = async (world: World): Promise<void> =>
  void (await createRun(
    world.quiet,
    { run: 'replay', kind: 'replay', slot: 'replay', steps: randomGraph(world.random) },
    world.now(),
  ))

/** Every half a minute something goes wrong. */
function troubles(world: World, workers: readonly SimWorker[]): void {
  const { agenda, random } = world
  agenda.later(60_000 * random(), async () => {
    if (agenda.time > troubledMs) return
    const worker = workers[Math.floor(random() * workers.length)] as SimWorker
    const what = random()
    if (what < 0.3) worker.life += 1
    else if (what < 0.65) worker.stillUntil = agenda.time + 30_000 + 120_000 * random()
    else if (what < 0.85) world.jump(Math.round((random() - 0.4) * 240_000))
    else await personActs(world)
    troubles(world, workers)
  })
}

/** Somebody cancels a run, or begins one again that failed or was cancelled. */
async function personActs(world: World): Promise<void> {
  const runs = await world.quiet.read.selectFrom('run').select(['id', 'state']).orderBy('created_at').execute()
  const run = runs.at(-1)
  const act = run?.state === 'running' ? cancelRun : run?.state === 'superseded' ? undefined : reopen
  if (run !== undefined && run.state !== 'done') await act?.(world.state, run.id, world.now()).catch(() => undefined)
}

const runningRuns = ({ quiet }: World) =>
  quiet.read.selectFrom('run').select('id').where('state', '=', 'running').execute()

async function judged({ quiet, warehouse }: World, policy: Planner['policy']): Promise<Simulated> {
  const history = await historyOf(quiet, { writes: warehouse.written, leasesOnly: true })
  const failed = await quiet.read
    .selectFrom('step')
    .select(['run', 'id', 'fault'])
    .where('state', '=', 'failed')
    .execute()
  const innocent = failed
    .filter(({ fault }) => fault?.includes(passedOver))
    .map(({ run, id }) => `${id} of ${run} failed because another step was faster`)
  return {
    breaches: [
      ...breachesOf(history),
      ...innocent,
      ...missedSlots(history.runs, policy),
      ...unwritten(history, warehouse),
    ],
    runs: history.runs.length,
    claims: history.events.filter(({ what }) => what === 'claimed').length,
    crashes: history.events.filter(({ what }) => what === 'failed').length,
  }
}

/** What is done has its effect. */
function unwritten(history: Awaited<ReturnType<typeof historyOf>>, { written }: World['warehouse']): readonly string[] {
  const relations = new Set(written.map(({ relation }) => relation))
  return history.steps
    .filter(({ state, writes }) => state === 'done' && writes.some(relation => !relations.has(relation)))
    .map(({ run, id }) => `${id} of ${run} is done and wrote nothing`)
}

/** With the policy `all` no night is left out. */
function missedSlots(runs: readonly { readonly slot: string }[], policy: Planner['policy']): readonly string[] {
  const slots = runs.map(({ slot }) => slot).filter(slot => slot !== 'replay')
  if (policy !== 'all') return []
  const times = slots.toSorted().map(slot => Date.parse(slot))
  return times
    .slice(1)
    .flatMap((at, n) => (at - (times[n] ?? 0) === 300_000 ? [] : [`a night before ${slots[n + 1]} is missing`]))
}
