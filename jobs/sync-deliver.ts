import { createHash } from 'node:crypto'
import { Fault } from '../contracts/fault.ts'
import { instantOf } from '../contracts/instant.ts'
import type { Statement } from '../models/warehouse/warehouse.ts'
import type { Outcome } from '../sinks/sink.ts'
import type { JournalEntry } from './journal.ts'
import type { PlannedChange } from './sync-plan.ts'
import type { Syncing } from './syncing.ts'

export type Tally = Readonly<Record<Outcome['state'], number>>

/** Changes that go out between two commits of their receipts: many calls of a sink, one opening of the warehouse. */
const commitEvery = 2_000

/** Sends the changes, journal first; every change ends with one outcome and one receipt. */
export async function deliverChanges(syncing: Syncing, changes: readonly PlannedChange[]): Promise<Tally> {
  const tally = { acked: 0, rejected: 0, deferred: 0, unknown: 0 }
  for (let from = 0; from < changes.length; from += commitEvery) {
    const part = changes.slice(from, from + commitEvery)
    const sent: JournalEntry[] = []
    for (let at = 0; at < part.length; at += syncing.sink.batch) {
      sent.push(...(await deliverBatch(syncing, part.slice(at, at + syncing.sink.batch))))
      syncing.room.progress(from + sent.length, changes.length)
    }
    await settle(syncing, sent)
    for (const { outcome } of sent) if (outcome !== undefined) tally[outcome.state] += 1
  }
  return tally
}

async function deliverBatch(
  { room, sink, connection, scope }: Syncing,
  planned: readonly PlannedChange[],
): Promise<readonly JournalEntry[]> {
  const entries = planned.map(({ change, before, asOf }) => ({ change, before, asOf, sentAt: instantOf(room.now()) }))
  await room.journal.sending(scope, entries)
  const outcomes = await sink.deliver(room, { connection, changes: entries.map(({ change }) => change) })
  const byId = new Map(outcomes.map(outcome => [outcome.id, outcome]))
  const answered = entries.map(entry => ({ ...entry, outcome: byId.get(entry.change.id) ?? silent(entry.change.id) }))
  await room.journal.answered(
    scope,
    answered.map(({ change, outcome }) => [change.key, outcome] as const),
  )
  return answered
}

const silent = (id: string): Outcome => ({ id, state: 'unknown', why: 'the sink gave no outcome for this change' })

/**
 * Brings an earlier, interrupted delivery to its end: what was answered gets its receipt; what was not is read back where the
 * place can answer, and otherwise said to be unknown. Only then may a new plan be made.
 */
export async function settleJournal(syncing: Syncing): Promise<void> {
  const open = await syncing.room.journal.unsettled(syncing.scope)
  if (open.length === 0) return
  const answered: JournalEntry[] = []
  for (let at = 0; at < open.length; at += syncing.sink.batch)
    answered.push(...(await readBack(syncing, open.slice(at, at + syncing.sink.batch))))
  await settle(syncing, answered)
}

async function readBack(
  { room, sink, connection, scope }: Syncing,
  entries: readonly JournalEntry[],
): Promise<readonly JournalEntry[]> {
  const unsure = entries.filter(entry => entry.outcome === undefined || entry.outcome.state === 'unknown')
  if (unsure.length === 0) return entries
  const fields = [
    ...new Set(unsure.flatMap(({ change }) => (change.op === 'upsert' ? Object.keys(change.fields) : []))),
  ]
  const held = await sink.read?.(room, { connection, ids: unsure.map(({ change }) => change.id), fields })
  const resolved = unsure.map(entry => ({ ...entry, outcome: resolve(entry, held) }))
  await room.journal.answered(
    scope,
    resolved.map(({ change, outcome }) => [change.key, outcome] as const),
  )
  return [...entries.filter(entry => !unsure.includes(entry)), ...resolved]
}

function resolve(
  { change }: JournalEntry,
  held: Readonly<Record<string, Readonly<Record<string, string | null>>>> | undefined,
): Outcome {
  if (held === undefined)
    return { id: change.id, state: 'unknown', why: 'no answer came, and the place cannot be read' }
  const now = held[change.id]
  const there =
    change.op === 'upsert' &&
    now !== undefined &&
    Object.entries(change.fields).every(([field, value]) => (now[field] ?? null) === value)
  return there
    ? { id: change.id, state: 'acked' }
    : { id: change.id, state: 'deferred', why: 'no answer came, and the place does not hold the values', retry: 'now' }
}

/** Receipts and ledger in one unit; the journal is settled only when they stand. */
async function settle({ room, step, scope }: Syncing, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return
  const keys = entries.map(({ change }) => change.key)
  await room.warehouse(warehouse =>
    warehouse.apply({
      key: `receipts ${scope.sync} ${scope.connection} ${room.run} ${room.token} ${digestOf(entries)}`,
      token: room.token,
      writes: step.writes,
      statements: receiptStatements(entries, { ...scope, run: room.run, at: instantOf(room.now()) }),
    }),
  )
  await room.journal.settled(scope, keys)
}

/** A change that is settled as deferred and then sent again is settled twice in one claim: the outcome is part of what was settled. */
const digestOf = (entries: readonly JournalEntry[]): string =>
  createHash('sha256')
    .update(JSON.stringify(entries.map(({ change, outcome }) => [change.key, outcome?.state])))
    .digest('hex')
    .slice(0, 32)

interface ReceiptFacts {
  readonly sync: string
  readonly connection: string
  readonly run: string
  readonly at: string
}

function receiptStatements(entries: readonly JournalEntry[], facts: ReceiptFacts): readonly Statement[] {
  const receipts = entries.map(({ change, before, asOf, sentAt, outcome }) => {
    if (outcome === undefined)
      throw new Fault({
        what: 'a change without an outcome was to be settled',
        where: `sync ${facts.sync}`,
        hint: 'Run again.',
        retry: 'later',
      })
    return {
      id: change.id,
      key: change.key,
      op: change.op,
      state: outcome.state,
      why: 'why' in outcome ? outcome.why : null,
      fields: change.op === 'upsert' ? change.fields : {},
      before,
      remote: outcome.state === 'acked' ? (outcome.remote ?? null) : null,
      as_of: asOf,
      sent_at: sentAt,
    }
  })
  const values = receipts.flatMap(({ id, state, fields, as_of }) =>
    state === 'acked' ? Object.entries(fields).map(([field, value]) => ({ id, field, value, as_of })) : [],
  )
  const common = `$2::varchar as sync, $3::varchar as connection`
  const receiptShape = `[{"id":"VARCHAR","key":"VARCHAR","op":"VARCHAR","state":"VARCHAR","why":"VARCHAR","fields":"JSON","before":"JSON","remote":"VARCHAR","as_of":"TIMESTAMPTZ","sent_at":"TIMESTAMPTZ"}]`
  const valueShape = `[{"id":"VARCHAR","field":"VARCHAR","value":"VARCHAR","as_of":"TIMESTAMPTZ"}]`
  return [
    {
      sql: `insert or replace into ops.receipts by name select ${common}, $4::varchar as run, unnest(from_json($1::json, '${receiptShape}'), recursive := true)`,
      parameters: [JSON.stringify(receipts), facts.sync, facts.connection, facts.run],
    },
    {
      sql: `insert or replace into ops.ledger by name select ${common}, $4::timestamptz as acked_at, unnest(from_json($1::json, '${valueShape}'), recursive := true)`,
      parameters: [JSON.stringify(values), facts.sync, facts.connection, facts.at],
    },
  ]
}
