import { quote } from '../contracts/admission.ts'
import type { Contract } from '../contracts/contract.ts'
import { goneCount } from '../models/warehouse/tombstones.ts'
import type { Reader } from '../models/warehouse/warehouse.ts'
import type { Report } from './job.ts'
import type { LoadCounts } from './load-parts.ts'
import type { SourceObject } from './sources/source.ts'

/** What a load did. Lines of a sweep bring no record: they are counted as present. */
export function loadReport(
  { claims }: SourceObject,
  counts: LoadCounts,
  more: Readonly<Record<string, number>> = {},
): Report {
  const sum = (of: (contract: LoadCounts['contracts'][string]) => number): number =>
    Object.values(counts.contracts).reduce((total, contract) => total + of(contract), 0)
  const accepted = sum(each => each.accepted)
  const brought = claims.every(({ presence }) => presence === true)
    ? { present: accepted }
    : { in: counts.delivered, loaded: accepted }
  return {
    counts: {
      ...brought,
      rejected: sum(each => each.rejected) + counts.unclaimed,
      unclaimed: counts.unclaimed,
      ...Object.fromEntries(Object.entries(more).filter(([, count]) => count > 0)),
    },
    ...(counts.unknown.length === 0 ? {} : { notes: [`unknown columns kept in _extra: ${counts.unknown.join(', ')}`] }),
  }
}

interface LoadScope {
  readonly object: SourceObject
  readonly connection: string
  readonly load: string
  /** When it was applied: a UTC instant. */
  readonly at: string
}

/** What of a load can have changed more than it brought. */
export interface Touched {
  /** Whether any record was accepted. */
  readonly accepted: boolean
  /** The contracts of which it may have found records gone. */
  readonly perishable: readonly Contract[]
}

/** How many records that had been rejected stand now, and how many this load found gone, children included. */
export async function changedBy(
  reader: Reader,
  { accepted, perishable }: Touched,
  scope: LoadScope,
): Promise<{ readonly corrected: number; readonly gone: number }> {
  if (!accepted && perishable.length === 0) return { corrected: 0, gone: 0 }
  const [row] = await reader.query({
    sql: `select (${accepted ? correctedCount(scope) : 'select 0'}) as corrected, (${perishable.length === 0 ? 'select 0' : goneCount(perishable, scope)}) as gone`,
  })
  return { corrected: Number(row?.corrected ?? 0), gone: Number(row?.gone ?? 0) }
}

const correctedCount = ({ object, connection, at }: LoadScope): string =>
  `select count(distinct (contract, record)) from ops.rejects as r
    where connection = ${quote(connection)} and resolved_at = timestamptz ${quote(at)}
      and contract in (${object.claims.map(claim => quote(claim.contract.name)).join(', ')})
      and not exists (select 1 from ops.rejects as o where o.connection = r.connection and o.contract = r.contract and o.record = r.record and o.state = 'open')`
