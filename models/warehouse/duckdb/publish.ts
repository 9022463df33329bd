import { name } from '../../../contracts/admission.ts'
import { type Relation, relationOf } from '../relation.ts'
import type { Publication } from '../warehouse.ts'
import { countOf, kindOf } from './read.ts'
import type { Session } from './session.ts'
import { atomically, holdAudits, raiseFences } from './unit.ts'

/**
 * DuckDB's definitions are part of a transaction, so the new relation is built under its own name: nobody else sees it before it is
 * audited and committed, and what stood before is back when it is not.
 */
export async function publishRelation(session: Session, publication: Publication): Promise<{ rows: bigint | null }> {
  const relation = relationOf(publication.relation)
  return atomically(session, async () => {
    await raiseFences(session, [publication.relation], publication.token)
    await replace(session, relation, publication)
    await holdAudits(session, publication.audits, relation.bare)
    const rows = publication.kind === 'table' ? await countOf(session, relation.sql) : null
    await remember(session, publication, rows)
    return { rows }
  })
}

/** The statement keeps the query on its own lines, so that a Fault names the line that its author sees. */
async function replace(session: Session, relation: Relation, { kind, select }: Publication): Promise<void> {
  await session.run({ sql: `create schema if not exists ${name(relation.schema)}` })
  const stands = await kindOf(session, relation.schema, relation.table)
  if (stands !== undefined && stands !== kind) await session.run({ sql: `drop ${stands} ${relation.sql}` })
  await session.run({ sql: `create or replace ${kind} ${relation.sql} as ${select}` }, relation.bare)
}

async function remember(session: Session, publication: Publication, rows: bigint | null): Promise<void> {
  const { kind, token, built } = publication
  await session.run({
    sql: `insert or replace into ops.builds (model, kind, run, token, rows, fingerprint, published_at)
      values ($1, $2, $3, $4, $5, $6, $7::timestamptz)`,
    parameters: [
      relationOf(publication.relation).bare,
      kind,
      built?.run ?? null,
      token,
      rows,
      built?.fingerprint ?? null,
      built?.at ?? null,
    ],
  })
}
