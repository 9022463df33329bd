import type { Environment, Project } from '../../contracts/connection.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { loadStep, pipelinesOf } from '../../jobs/pipeline.ts'
import { redisAway } from '../deliver/away.ts'
import type { Tables } from '../kernel/history.ts'
import { nextOfNights, nightsOf } from '../next.ts'
import type { State } from '../state/state.ts'
import type { Alert, Trouble } from './alert.ts'
import { aliveOwed } from './alive.ts'
import { afterwards, forgetOld, keepAlerts, keepOwed, mutesOf, noticesOf, openAlerts } from './book.ts'
import { decide } from './decide.ts'
import { failuresOf } from './failures.ts'
import { findingsOf } from './findings.ts'
import { nightDue, usualGrace } from './freshness.ts'
import { gravest, latenessOf, type PipelineLine } from './late.ts'
import { type Owed, owedOf } from './owed.ts'
import { planningOf, planningTroubles } from './planning.ts'
import { redisTroubles } from './redis.ts'
import { decidedOf, isMended, type Standing, standingRuns } from './standing.ts'
import { newestStreams, streamTroubles } from './streams.ts'

export interface LookTerms {
  readonly state: State
  readonly project: Project
  readonly environment: Environment
  readonly catalogue: Catalogue
  /** The clock by which nights are due; everything else goes by the store's. */
  readonly now: Date
}

/**
 * Looks at how things stand, remembers what is new and what is over, and writes down whom that must be told. It sends nothing. However many
 * processes look, a trouble is remembered once: what is changed is decided again under the right to write.
 */
export async function look(terms: LookTerms): Promise<void> {
  const { state } = terms
  const now = await state.now()
  if ((await changesOf(state.read, terms, now)).length === 0) return
  await state.write(async tables => {
    const changes = await changesOf(tables, terms, now)
    await keepAlerts(
      tables,
      changes.flatMap(({ alert }) => alert ?? []),
    )
    for (const { of, owed } of changes) await keepOwed(tables, of, owed, now)
    await forgetOld(tables, now - keptMs)
  })
}

/** For so long what is over is remembered, in milliseconds. */
const keptMs = 30 * 24 * 60 * 60_000

interface Change {
  readonly of: string
  /** Absent where it stands as it stood. */
  readonly alert?: Alert
  readonly owed: Owed
}

async function changesOf(tables: Tables, terms: LookTerms, now: number): Promise<readonly Change[]> {
  const open = await openAlerts(tables)
  const remembered = open.flatMap(({ trouble }) => trouble.failures.map(({ step }) => step))
  const standing = await standingRuns(tables, remembered)
  const decided = decidedOf(standing)
  const troubles = await troublesOf(tables, terms, { standing, now })
  const decision = decide(open, troubles, failure => isMended(standing, decided, failure))
  const changed = new Set([...decision.refresh.map(({ id }) => id), ...decision.close])
  const stood = new Set(open.map(({ id }) => id))
  const mutes = await mutesOf(tables)
  const notices = Map.groupBy(await noticesOf(tables, open), ({ alert }) => alert)
  const { alerts: routes = [] } = terms.environment
  const changes = afterwards(open, decision, now).map((alert): Change => {
    const owed = owedOf({ alert, notices: notices.get(alert.id) ?? [], routes, mutes, now })
    return { of: alert.id, owed, ...(changed.has(alert.id) || !stood.has(alert.id) ? { alert } : {}) }
  })
  const alive: readonly Change[] = await aliveOwed(tables, terms.environment, now)
  return [...changes, ...alive].filter(
    ({ alert, owed }) => alert !== undefined || owed.add.length + owed.drop.length > 0,
  )
}

interface Seen {
  readonly standing: Standing
  readonly now: number
}

async function troublesOf(tables: Tables, terms: LookTerms, { standing, now }: Seen): Promise<readonly Trouble[]> {
  const { project, environment } = terms
  const decided = decidedOf(standing)
  const owners = new Map(environment.connections.flatMap(({ name, owner }) => (owner ? [[name, owner] as const] : [])))
  const { schedule } = project
  const grace =
    environment.lateAfterMinutes === undefined ? usualGrace(schedule, terms.now) : environment.lateAfterMinutes * 60_000
  const nights = await nightsOf({ state: { ...terms.state, read: tables }, schedule, now: terms.now })
  return [
    ...failuresOf({ standing, decided, owners, now, nights }),
    ...findingsOf(standing, owners),
    ...streamTroubles(await newestStreams(tables), owners),
    ...planningTroubles(await planningOf(tables), now),
    ...redisTroubles(await redisAway(tables, now), { now, where: environment.redis?.address ?? 'redis' }),
    ...latenessOf({
      lines: await linesOf(tables, terms),
      schedule,
      due: nightDue(schedule, terms.now, grace),
      next: `npx ${nextOfNights(nights)?.command ?? 'boomerang status'}`,
    }),
  ]
}

/** Every pipeline that the project has, with all that its runs have ever closed or begun. */
async function linesOf(tables: Tables, terms: LookTerms): Promise<readonly PipelineLine[]> {
  const rows = await tables.selectFrom('interval').selectAll().execute()
  const of = Map.groupBy(rows, ({ pipeline, connection }) => `${pipeline} ${connection}`)
  const unread = pipelinesOf(terms)
    .filter(
      ({ object, connection }) => !of.get(`${object.name} ${connection.name}`)?.some(({ state }) => state === 'closed'),
    )
    .map(loadStep)
  const began = await firstNights(tables, unread)
  return pipelinesOf(terms).map(pipeline => {
    const { object, connection } = pipeline
    const own = of.get(`${object.name} ${connection.name}`) ?? []
    const inState = (wanted: 'open' | 'closed') =>
      own.filter(({ state }) => state === wanted).map(({ from_at, to_at }) => ({ from: from_at, to: to_at }))
    return {
      pipeline: object.name,
      connection: connection.name,
      owner: connection.owner,
      risk: gravest(object.claims.map(({ contract }) => contract.risk)),
      since: connection.since,
      every: object.every ?? 0,
      closed: inState('closed'),
      open: inState('open'),
      firstNight: began.get(loadStep(pipeline)),
    }
  })
}

/** The end of the first night that had each of the steps. */
async function firstNights(tables: Tables, steps: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (steps.length === 0) return new Map()
  const rows = await tables
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run')
    .select(eb => ['step.id', eb.fn.min('run.slot').as('slot')])
    .where('run.kind', '=', 'night')
    .where('step.id', 'in', steps)
    .groupBy('step.id')
    .execute()
  return new Map(rows.map(({ id, slot }) => [id, slot]))
}
