import { Fault, toFault } from '../../contracts/fault.ts'
import type { Wake } from '../../scheduler/deliver/deliver.ts'
import { type Claim, claim, heartbeat, leaseMs, release } from '../../scheduler/kernel/claim.ts'
import { claimableSteps } from '../../scheduler/kernel/claimable.ts'
import { fail, finish } from '../../scheduler/kernel/settle.ts'
import type { SimArgs } from './graph.ts'
import type { World } from './world.ts'

/** A process: it may die at any moment, and stand still for longer than its leases hold. */
export interface SimWorker {
  readonly name: number
  life: number
  stillUntil: number
}

/** One try of a step by one life of a worker. */
interface Try {
  readonly world: World
  readonly worker: SimWorker
  readonly life: number
  readonly held: Claim
  readonly offer: (wakes: readonly Wake[]) => void
  isLost: boolean
  /** Whatever came of it, its process does nothing more for it. */
  isOver: boolean
}

export async function takeWake(
  world: World,
  worker: SimWorker,
  { wake, offer }: { readonly wake: Wake; readonly offer: Try['offer'] },
): Promise<void> {
  if (worker.stillUntil > world.agenda.time) return
  const holder = { pid: worker.name, host: 'a simulated machine', space: '', started: String(worker.life) }
  const held = await claim(world.state, wake, { holder, now: world.now() }).catch(() => undefined)
  if (held === undefined) return
  const tried: Try = { world, worker, life: worker.life, held, offer, isLost: false, isOver: false }
  later(tried, leaseMs / 3, beat)
  const slow = world.random() < 0.15
  later(tried, (slow ? 90_000 : 15_000) * world.random(), write)
}

/** What a try does next, unless its process dies before; one that stands still does it when it goes on. */
function later(tried: Try, ms: number, what: (tried: Try) => Promise<void>): void {
  const { world, worker } = tried
  world.agenda.later(ms, async () => {
    if (worker.life !== tried.life) return
    const still = worker.stillUntil - world.agenda.time
    if (still > 0) later(tried, still, what)
    else await what(tried)
  })
}

async function beat(tried: Try): Promise<void> {
  const { world, held } = tried
  if (tried.isOver) return
  const asked = world.now()
  const ours = await heartbeat(world.state, held, asked).catch(() => undefined)
  if (ours === false) {
    tried.isLost = true
    return
  }
  if (ours === true || (await isProlonged(world, held, asked))) await noteBeat(world, held)
  later(tried, leaseMs / 3, beat)
}

/** Whether a heartbeat stands although its answer was lost. */
async function isProlonged({ quiet }: World, { run, step, token }: Claim, asked: number): Promise<boolean> {
  const row = await quiet.read
    .selectFrom('step')
    .select(['token', 'state', 'lease_until'])
    .where('run', '=', run)
    .where('id', '=', step.id)
    .executeTakeFirst()
  return row?.state === 'running' && row.token === token && row.lease_until === asked + leaseMs
}

/** The kernel keeps no history of heartbeats; the oracle must know of them. */
const noteBeat = ({ quiet, now }: World, { run, step, token }: Claim): Promise<void> =>
  quiet.write(async tables => {
    const beat = { at: now(), run, step: step.id, what: 'beat', facts: JSON.stringify({ token }) }
    await tables.insertInto('event').values(beat).execute()
  })

async function write(tried: Try): Promise<void> {
  const { world, worker, held } = tried
  const args = held.step.args as unknown as SimArgs
  if (args.poison) worker.life += 1
  else if (world.chance(0.03) || (tried.isLost && world.random() < 0.7)) await leave(tried)
  else {
    const fault = world.chance(0.12) ? randomFault(world) : written(tried, args)
    if (fault === undefined) return later(tried, world.random() < 0.2 ? 3_000 * world.random() : 0, end)
    if (fault.kind === 'held') return leave(tried)
    tried.isOver = true
    await fail(world.state, held, fault, { now: world.now(), random: world.random() }).catch(() => undefined)
  }
}

async function leave(tried: Try): Promise<void> {
  const { world, held } = tried
  tried.isOver = true
  await release(world.state, held, world.now()).catch(() => undefined)
}

export const planted = 'a planted trouble'

function randomFault({ random }: World): Fault {
  const retry = random() < 0.15 ? 'never' : random() < 0.5 ? 'now' : 'later'
  const facts = { what: planted, where: 'here', hint: 'None.', retry } as const
  return new Fault(random() < 0.3 ? { ...facts, waitMs: 40_000 * random() } : facts)
}

function written({ world, held }: Try, { publishes }: SimArgs): Fault | undefined {
  const { run, step, token } = held
  try {
    world.warehouse.write({ token, writes: step.writes, ...(publishes ? {} : { key: `${run} ${step.id}` }) })
    return undefined
  } catch (error) {
    return toFault(error, step.id)
  }
}

async function end(tried: Try): Promise<void> {
  const { world, held, offer } = tried
  tried.isOver = true
  const done = await finish(world.state, held, { counts: {} }, world.now()).catch(() => false)
  if (done) offer((await claimableSteps(world.state, { now: world.now() })).wakes)
}
