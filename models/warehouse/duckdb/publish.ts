import { name, quote } from '../../../contracts/admission.ts'
import { Fault } from '../../../contracts/fault.ts'
import { type Relation, relationOf } from '../relation.ts'
import { type Increment, type Publicated, type Publication, written } from '../warehouse.ts'
import { writeHistory } from './history.ts'
import { type Left, writeIncrement } from './increment.ts'
import { countOf, describe, kindOf } from './read.ts'
import type { Session } from './session.ts'
import { atomically, holdAudits, raiseFences } from './unit.ts'

/**
 * DuckDB's definitions are part of a transaction, so the new relation is built under its own name: nobody else sees it before it is
 * audited and committed, and what stood before is back when it is not.
 */
export async function publishRelation(session: Session, publication: Publication): Promise<Publicated> {
  const relation = relationOf(publication.relation)
  return atomically(session, async () => {
    await raiseFences(session, [publication.relation], publication.token)
    const left = await write(session, relation, publication)
    if (publication.told !== undefined) await tell(session, relation, publication)
    const warnings = await holdAudits(session, publication.audits, relation.bare)
    const rows = publication.kind === 'view' ? null : await countOf(session, relation.sql)
    await remember(session, publication, rows)
    if (left !== undefined) await session.run({ sql: `drop ${left} temp.${written}` })
    return { rows, warnings }
  })
}

/** The statements keep the query on their own lines, so that a Fault names the line that its author sees. Gives as what the rows were left that audits read. */
async function write(session: Session, relation: Relation, publication: Publication): Promise<Left | undefined> {
  await session.run({ sql: `create schema if not exists ${name(relation.schema)}` })
  if (publication.kind !== 'incremental' && publication.kind !== 'scd2') return replace(session, relation, publication)
  const stands = await kindOf(session, relation)
  if (stands === 'view') await session.run({ sql: `drop view ${relation.sql}` })
  const writing = { relation, standing: stands === 'table' }
  return publication.kind === 'incremental'
    ? writeIncrement(session, { ...writing, publication })
    : writeHistory(session, { ...writing, publication })
}

/** A view takes the place of a table, and a table of a view, only where that is dropped; mostly it is what it was. */
async function replace(session: Session, relation: Relation, { kind, select }: Publication): Promise<undefined> {
  const sql = `create or replace ${kind} ${relation.sql} as ${select}`
  try {
    await session.run({ sql }, relation.bare)
  } catch (error) {
    if (!isOfOtherKind(error)) throw error
    await session.run({ sql: `drop ${kind === 'view' ? 'table' : 'view'} ${relation.sql}` })
    await session.run({ sql }, relation.bare)
  }
}

const isOfOtherKind = (error: unknown): boolean =>
  error instanceof Fault &&
  error.cause instanceof Error &&
  /^Catalog Error: Existing object .* is of type/.test(error.cause.message)

/** Descriptions stand where people look for columns: in the catalogue of the warehouse. */
async function tell(session: Session, { sql, bare }: Relation, { kind, told }: Publication): Promise<void> {
  const given = (await describe(session, `select * from ${sql}`)).map(column => column.name)
  const lost = Object.keys(told?.columns ?? {}).filter(column => !given.includes(column))
  if (lost.length > 0 && (kind === 'view' || kind === 'table')) throw lostColumn(bare, lost)
  const columns = Object.entries(told?.columns ?? {})
    .filter(([column]) => given.includes(column))
    .map(([column, words]) => `comment on column ${sql}.${name(column)} is ${quote(words)}`)
  const own = `comment on ${kind === 'view' ? 'view' : 'table'} ${sql} is ${quote(told?.relation ?? '')}`
  await session.script([own, ...columns].join(';\n'))
}

const lostColumn = (relation: string, lost: readonly string[]): Fault =>
  new Fault({
    what: `the header speaks of ${lost.join(', ')}, which the query does not give`,
    where: relation,
    hint: 'Nothing was published; what stood before still stands. Correct the query or the header: `boomerang model check`.',
    retry: 'never',
    kind: 'guard',
  })

async function remember(session: Session, publication: Publication, rows: bigint | null): Promise<void> {
  const { kind, token, built } = publication
  const model = relationOf(publication.relation).bare
  await session.run({
    sql: `insert or replace into ops.builds (model, kind, run, token, rows, fingerprint, own, header, published_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz)`,
    parameters: [
      ...[model, kind, built?.run ?? null, token, rows],
      ...[built?.fingerprint ?? null, built?.own ?? null, built?.header ?? null, built?.at ?? null],
    ],
  })
  if (kind === 'incremental')
    await rememberInterval(session, { model, built, interval: publication.interval, anew: publication.anew })
}

type Remembered = Pick<Increment, 'interval' | 'anew'> & {
  readonly model: string
  readonly built: Publication['built'] | undefined
}

/** An interval that is built once more takes the place of those within it. */
async function rememberInterval(session: Session, { model, built, interval, anew }: Remembered): Promise<void> {
  const within = anew ? '' : ' and interval_from >= $2::timestamptz and interval_to <= $3::timestamptz'
  await session.run({
    sql: `delete from ops.intervals where model = $1${within}`,
    parameters: anew ? [model] : [model, interval.from, interval.to],
  })
  await session.run({
    sql: `insert or replace into ops.intervals (model, interval_from, interval_to, fingerprint, run, built_at)
      values ($1, $2::timestamptz, $3::timestamptz, $4, $5, $6::timestamptz)`,
    parameters: [model, interval.from, interval.to, built?.fingerprint ?? null, built?.run ?? null, built?.at ?? null],
  })
}
