import { Fault, toFault } from '../../../contracts/fault.ts'
import { relationOf } from '../relation.ts'
import type { Applied, Audit, Cell, Cells, Unit } from '../warehouse.ts'
import type { Session } from './session.ts'

/** What happens inside is kept as a whole, or not at all. */
export async function atomically<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.run({ sql: 'begin transaction' })
  try {
    const result = await work()
    await session.run({ sql: 'commit' })
    return result
  } catch (error) {
    await session.run({ sql: 'rollback' }).catch(() => undefined)
    throw error
  }
}

/** Does a unit in one transaction; a unit that stands as applied is left alone, and its statements are not run. */
export async function applyUnit(session: Session, unit: Unit): Promise<Applied> {
  const where = `unit ${unit.key}`
  return atomically(session, async () => {
    await raiseFences(session, unit.writes, unit.token)
    const [standing] = await session.run({
      sql: 'select state from ops.loads where key = $1',
      parameters: [unit.key],
    })
    if (standing?.state === 'applied') return 'already'
    await remember(session, unit)
    for (const statement of unit.statements) await session.run(statement, where)
    await holdAudits(session, unit.audits ?? [], where)
    return 'applied'
  })
}

/** A zombie cannot write: whoever holds a lower token than one already seen has been replaced. */
export async function raiseFences(session: Session, relations: readonly string[], token: number): Promise<void> {
  const all = [...new Set(relations.map(relation => relationOf(relation).bare))]
  if (all.length === 0) return
  const rows = await session.run({
    sql: `insert into ops.fences values ${all.map((_, at) => `($${at + 2}, $1)`).join(', ')}
      on conflict (relation) do update set token = excluded.token where fences.token <= excluded.token
      returning relation`,
    parameters: [token, ...all],
  })
  const raised = new Set(rows.map(({ relation }) => relation))
  const passed = all.find(relation => !raised.has(relation))
  if (passed === undefined) return
  throw new Fault({
    what: `${passed} has been written under a higher token than ${token}`,
    where: passed,
    hint: 'Another claim has passed this one. Nothing was written; what is still to do is begun again under a new token.',
    retry: 'later',
    kind: 'held',
  })
}

/** Runs every audit; a Fault names all that gave rows and shows some of them. Gives what only warns. */
export async function holdAudits(
  session: Session,
  audits: readonly Audit[],
  where: string,
): Promise<readonly string[]> {
  const broken: string[] = []
  const warnings: string[] = []
  for (const { name, sql, severity } of audits) {
    const rows = await auditRows(session, sql, `${where}, audit "${name}"`)
    if (rows.length > 0) (severity === 'warn' ? warnings : broken).push(`${name}: ${shownRows(rows)}`)
  }
  if (broken.length === 0) return warnings
  throw new Fault({
    what: `${broken.length === 1 ? 'an audit' : `${broken.length} audits`} found rows: ${broken.join(' | ')}`,
    where,
    hint: 'Nothing was published; what stood before still stands. Correct the rows or the promise they break.',
    retry: 'never',
    kind: 'guard',
  })
}

const shown = 5

async function auditRows(session: Session, sql: string, where: string): Promise<readonly Cells[]> {
  try {
    return await session.run({ sql: `select * from (${sql.replace(/[\s;]+$/, '')}\n) limit ${shown + 1}` }, where)
  } catch (error) {
    throw toFault(error, where)
  }
}

function shownRows(rows: readonly Cells[]): string {
  const texts = rows.slice(0, shown).map(row =>
    Object.entries(row)
      .map(([column, cell]) => `${column} ${cut(cell)}`)
      .join(', '),
  )
  return `${texts.join('; ')}${rows.length > shown ? '; and more' : ''}`
}

const longest = 60
function cut(cell: Cell): string {
  const text = String(cell)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** Before the statements, so that they may read it; a `stopped` row of the same key gives way. */
async function remember(session: Session, { key, token, load }: Unit): Promise<void> {
  await session.run({
    sql: `insert or replace into ops.loads (key, pipeline, connection, interval_from, interval_to, asked, state, run, token, judged_at, "at", counts)
      values ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6::timestamptz, $7, $8, $9, $10::timestamptz, $11::timestamptz, $12::json)`,
    parameters: [
      key,
      load?.pipeline ?? null,
      load?.connection ?? null,
      load?.from ?? null,
      load?.to ?? null,
      load?.asked ?? null,
      load?.state ?? 'applied',
      load?.run ?? null,
      token,
      load?.judgedAt ?? null,
      load?.at ?? null,
      load === undefined ? null : JSON.stringify(load.counts),
    ],
  })
}
