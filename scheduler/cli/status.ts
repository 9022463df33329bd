import { type Away, redisAway } from '../deliver/away.ts'
import { exitCodes } from '../exit-codes.ts'
import { newestNight } from '../kernel/run.ts'
import type { Why } from '../kernel/why.ts'
import { type Next, nextOfNights, nightsOf } from '../next.ts'
import type { Office } from '../office.ts'
import { pauseOf } from '../planner/pause.ts'
import { nextSlot } from '../planner/slots.ts'
import type { State, StateTables } from '../state/state.ts'
import { nextText } from './render.ts'
import { pausedText } from './schedule.ts'
import { age, counted, minute, minuteOf, table } from './table.ts'
import { whyNotDone } from './why.ts'

export interface StatusOptions {
  /** True where the steps that are not done are listed, each with what it waits for, or why it failed. */
  readonly why: boolean
}

/** How far each pipeline is, from the state store alone: it answers while a run works. */
export async function status(
  { project, environment, state, outside }: Office,
  { why }: StatusOptions,
): Promise<number> {
  const now = outside.now()
  const last = await newestNight(state)
  const next = nextSlot(project.schedule, now)
  const paused = await pauseOf(state)
  const nights = await nightsOf({ state, schedule: project.schedule, now })
  const lines = [
    `environment  ${environment.name}${environment.delivers ? ' (delivers)' : ''}`,
    `last run     ${last === undefined ? 'none yet' : await runText(state, last)}`,
    `next night   ${next === undefined ? 'never' : `ends at ${minute(next)}Z`}`,
    ...(await othersText(state)),
    ...redisText(await redisAway(state.read, await state.now())),
    ...(paused === undefined ? [] : [pausedText(paused)]),
    ...pipelineLines(await pipelines(state), now),
    ...(why ? whyLines(await whyNotDone(state, nights)) : []),
    ...nextLine(nextOfNights(nights)),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return exitCodes.ok.code
}

function whyLines(all: readonly Why[]): readonly string[] {
  if (all.length === 0) return ['Nothing waits, nothing works, and nothing failed.', '']
  return [table([['step', 'run', '', 'why'], ...all.map(({ step, run, state, why }) => [step, run, state, why])]), '']
}

async function runText(state: State, { id, state: is, ended_at }: StateTables['run']): Promise<string> {
  const steps = await state.read
    .selectFrom('step')
    .select(eb => ['state', eb.fn.countAll<number>().as('count')])
    .where('run', '=', id)
    .groupBy('state')
    .orderBy('state')
    .execute()
  const counts = steps.map(({ state: step, count }) => `${count} ${step}`).join(', ')
  return `${id}, ${is}${ended_at === null ? '' : `, ended ${minuteOf(ended_at)}Z`} (steps: ${counts === '' ? 'none' : counts})`
}

const redisText = (away: Away | undefined): readonly string[] =>
  away === undefined
    ? []
    : [
        `redis        away since ${minuteOf(away.since)}Z for ${away.processes} of the processes (${away.why}): each wakes its own steps`,
      ]

/** What works besides the nights, and how far it is. */
async function othersText({ read }: State): Promise<readonly string[]> {
  const rows = await read
    .selectFrom('run')
    .innerJoin('step', 'step.run', 'run.id')
    .select(eb => [
      'run.id',
      'run.slot',
      'run.kind',
      eb.fn.countAll<number>().as('steps'),
      eb.fn.sum<number>(eb.case().when('step.state', '=', 'done').then(1).else(0).end()).as('done'),
    ])
    .where('run.state', '=', 'running')
    .where('run.kind', 'in', ['backfill', 'replay'])
    .groupBy(['run.id', 'run.slot', 'run.kind'])
    .orderBy('run.id')
    .execute()
  return rows.map(
    ({ slot, kind, steps, done }) => `${kind.padEnd(12)} ${slot}: ${done} of ${counted(steps, 'step')} done`,
  )
}

interface PipelineRow {
  readonly connection: string
  readonly pipeline: string
  readonly closed: string | null
  readonly open: string | null
}

const pipelines = ({ read }: State): Promise<readonly PipelineRow[]> =>
  read
    .selectFrom('interval')
    .select(eb => [
      'connection',
      'pipeline',
      eb.fn.max(eb.case().when('state', '=', 'closed').then(eb.ref('to_at')).end()).as('closed'),
      eb.fn.max(eb.case().when('state', '=', 'open').then(eb.ref('to_at')).end()).as('open'),
    ])
    .groupBy(['connection', 'pipeline'])
    .orderBy('connection')
    .orderBy('pipeline')
    .execute()

function pipelineLines(rows: readonly PipelineRow[], now: Date): readonly string[] {
  if (rows.length === 0) return []
  const lines = rows.map(({ connection, pipeline, closed, open }) => [
    connection,
    pipeline,
    closed === null ? 'nothing' : `${minute(closed)}Z`,
    closed === null ? '' : age(closed, now),
    open === null || (closed !== null && open <= closed) ? '' : `not loaded yet: up to ${minute(open)}Z`,
  ])
  return ['', table([['connection', 'pipeline', 'closed up to', 'age', ''], ...lines]), '']
}

const nextLine = (next: Next | undefined): readonly string[] =>
  next === undefined ? [] : [`next         ${nextText(next)}`]
