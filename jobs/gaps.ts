import { quote } from '../contracts/admission.ts'
import type { Json } from '../contracts/context.ts'
import type { Reader, Statement } from '../models/warehouse/warehouse.ts'
import type { Aside, Gap } from './sources/source.ts'

export interface GapScope {
  readonly pipeline: string
  readonly connection: string
}

/** What earlier intervals of the pipeline left out, and nobody has read since. */
export async function openGaps(reader: Reader, { pipeline, connection }: GapScope): Promise<readonly Gap[]> {
  const rows = await reader.query({
    sql: `select id, slice, why from ops.gaps where pipeline = ${quote(pipeline)} and connection = ${quote(connection)} and state = 'open' order by id`,
  })
  return rows.map(row => ({ id: String(row.id), slice: JSON.parse(String(row.slice)) as Json, why: String(row.why) }))
}

/** Remembers the gaps of a landing, and that others have been filled. */
export function gapStatements(
  asides: readonly Aside[],
  { pipeline, connection, at }: GapScope & { readonly at: string },
): readonly Statement[] {
  const now = `timestamptz ${quote(at)}`
  return asides.flatMap((aside): readonly Statement[] => {
    if (aside.kind === 'filled')
      return [
        {
          sql: `update ops.gaps set state = 'filled', filled_at = ${now} where pipeline = ${quote(pipeline)} and connection = ${quote(connection)} and id = ${quote(aside.gap)} and state = 'open'`,
        },
      ]
    if (aside.kind !== 'gap') return []
    const { id, slice, why } = aside.gap
    return [
      {
        sql: `insert into ops.gaps (pipeline, connection, id, slice, why, state, first_seen, last_seen)
          values (${[pipeline, connection, id, JSON.stringify(slice), why].map(quote).join(', ')}, 'open', ${now}, ${now})
          on conflict do update set state = 'open', why = excluded.why, last_seen = excluded.last_seen, filled_at = null`,
      },
    ]
  })
}
