import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { redisAway } from '../deliver/away.ts'
import type { State } from '../state/state.ts'
import type { RunEvent } from '../worker.ts'

/** What Prometheus reads of one process and, where it stands in the state store, of the whole house. */
export interface Metrics {
  /** Counts what a step of this process came to: each try, not only the last. */
  readonly told: (event: RunEvent) => void
  readonly contentType: string
  /** Reads the state store anew; rejects where that cannot be read. */
  text(): Promise<string>
}

/** In seconds: a step takes from an instant to hours. */
const buckets = [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200]

export function newMetrics(state: State): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const steps = new Counter({
    name: 'boomerang_steps_total',
    help: 'What claimed steps came to, by try: done, retrying, failed, lost, released.',
    labelNames: ['job', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'boomerang_step_seconds',
    help: 'How long steps took that were done or failed.',
    labelNames: ['job'],
    buckets,
    registers,
  })
  const counts = new Counter({
    name: 'boomerang_counts_total',
    help: 'What the reports of done steps count: in, loaded, rejected, sent, findings and so on.',
    labelNames: ['job', 'count'],
    registers,
  })
  for (const gauge of gauges(state)) gaugeIn(registry, gauge)
  return {
    told(event) {
      if (event.what === 'started' || event.what === 'progress') return
      const { job } = event.step
      steps.inc({ job, outcome: event.what })
      if (event.what === 'done' || event.what === 'failed') seconds.observe({ job }, event.ms / 1000)
      if (event.what !== 'done') return
      /** A counter takes nothing else, and a step that is done is not undone by what it counted. */
      for (const [count, n] of Object.entries(event.report.counts)) if (n >= 0) counts.inc({ job, count }, n)
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

interface Reading {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface HouseGauge {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  read(): Promise<readonly Reading[]>
}

/** What the state store knows, the same from every process of the house. */
const gauges = (state: State): readonly HouseGauge[] => [
  {
    name: 'boomerang_steps',
    help: 'Steps of runs that are not over, by state.',
    labelNames: ['kind', 'state'],
    read: () => openSteps(state),
  },
  {
    name: 'boomerang_oldest_ready_seconds',
    help: 'For how long the step that is due longest has waited to be begun, by pool.',
    labelNames: ['pool'],
    read: () => oldestReady(state),
  },
  {
    name: 'boomerang_pool_rests_seconds',
    help: 'For how long a pool was asked to be left alone from now on.',
    labelNames: ['pool'],
    read: () => restingPools(state),
  },
  {
    name: 'boomerang_closed_timestamp_seconds',
    help: 'Up to which instant a pipeline has been loaded.',
    labelNames: ['pipeline', 'connection'],
    read: () => closedUpTo(state),
  },
  {
    name: 'boomerang_night_ended_timestamp_seconds',
    help: 'When the newest night that ended so has ended.',
    labelNames: ['state'],
    read: () => nightsEnded(state),
  },
  {
    name: 'boomerang_redis_away_processes',
    help: 'Processes that find no Redis and wake their own steps.',
    labelNames: [],
    read: async () => [{ labels: {}, value: (await redisAway(state.read, await state.now()))?.processes ?? 0 }],
  },
]

function gaugeIn(registry: Registry, { name, help, labelNames, read }: HouseGauge): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      const readings = await read()
      gauge.reset()
      for (const { labels, value } of readings) gauge.set({ ...labels }, value)
    },
  })
}

async function openSteps({ read }: State): Promise<readonly Reading[]> {
  const rows = await read
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run')
    .select(eb => ['run.kind', 'step.state', eb.fn.countAll<number>().as('n')])
    .where('run.state', '=', 'running')
    .groupBy(['run.kind', 'step.state'])
    .execute()
  return rows.map(({ kind, state, n }) => ({ labels: { kind, state }, value: Number(n) }))
}

/** A step is due when the last of its parents has ended, its run was planned, and its next try may begin. */
async function oldestReady({ read, now }: State): Promise<readonly Reading[]> {
  const at = await now()
  const rows = await read
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run')
    .leftJoin('edge', join => join.onRef('edge.run', '=', 'step.run').onRef('edge.child', '=', 'step.id'))
    .leftJoin('step as parent', join =>
      join.onRef('parent.run', '=', 'edge.run').onRef('parent.id', '=', 'edge.parent'),
    )
    .select(eb => ['step.pool', 'step.ready_at', 'run.created_at', eb.fn.max('parent.ended_at').as('freed_at')])
    .where('run.state', '=', 'running')
    .where('run.kind', '!=', 'backfill')
    .where('step.state', '=', 'ready')
    .where('step.ready_at', '<=', at)
    .groupBy(['step.run', 'step.id', 'step.pool', 'step.ready_at', 'run.created_at'])
    .execute()
  const waits = rows.map(({ pool, ready_at, created_at, freed_at }) => ({
    pool: pool ?? '',
    value: (at - Math.max(ready_at, created_at, freed_at ?? 0)) / 1000,
  }))
  return [...Map.groupBy(waits, ({ pool }) => pool)].map(([pool, some]) => ({
    labels: { pool },
    value: Math.max(...some.map(({ value }) => value)),
  }))
}

async function restingPools({ read, now }: State): Promise<readonly Reading[]> {
  const at = await now()
  const rows = await read.selectFrom('pool').selectAll().where('rests_until', '>', at).execute()
  return rows.map(({ name, rests_until }) => ({ labels: { pool: name }, value: (rests_until - at) / 1000 }))
}

async function closedUpTo(state: State): Promise<readonly Reading[]> {
  const rows = await state.read
    .selectFrom('interval')
    .select(eb => ['pipeline', 'connection', eb.fn.max('to_at').as('to')])
    .where('state', '=', 'closed')
    .groupBy(['pipeline', 'connection'])
    .execute()
  return rows.map(({ pipeline, connection, to }) => ({
    labels: { pipeline, connection },
    value: Date.parse(to) / 1000,
  }))
}

async function nightsEnded({ read }: State): Promise<readonly Reading[]> {
  const rows = await read
    .selectFrom('run')
    .select(eb => ['state', eb.fn.max('ended_at').as('ended')])
    .where('kind', '=', 'night')
    .where('state', 'in', ['done', 'failed'])
    .groupBy('state')
    .execute()
  return rows.map(({ state, ended }) => ({ labels: { state }, value: Number(ended) / 1000 }))
}
