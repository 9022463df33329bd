import type { Contract } from '../../../contracts/contract.ts'
import { canonical } from '../../../contracts/decimal.ts'
import type { Gated } from '../../../jobs/gate/gated.ts'
import { lineClaims } from '../../../jobs/gate/ndjson-query.ts'
import { lineVerdicts } from '../../../jobs/gate/verdict.ts'
import type { Claim } from '../../../jobs/sources/source.ts'
import type { Cells, Local } from '../../../models/warehouse/warehouse.ts'

/** Every accepted record as one sorted text, values in their canonical form. */
export async function standing(local: Local, gated: Gated): Promise<readonly string[]> {
  const found: string[] = []
  for (const stage of gated.stages) {
    const columns = Object.entries(stage.contract.row).map(([column, { kind }]) =>
      kind === 'instant'
        ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}`
        : kind === 'list'
          ? `${column}::varchar as ${column}`
          : `${column}::varchar as ${column}`,
    )
    const rows = await local.query(
      `select ${columns.join(', ')}, _position::varchar as _position, _ordinal::varchar as _ordinal from ${stage.relation}`,
    )
    found.push(...rows.map(row => asText(stage.contract, row)))
  }
  return found.sort()
}

/** What the judge makes of the same lines when nobody helps it. */
export function judgedAlone(lines: readonly Buffer[], claims: readonly Claim[]): readonly string[] {
  const kept = lines.filter(line => !/^[ \t\r\v\f]*$/.test(line.toString('latin1')))
  const sorted = lineClaims(claims)
  return kept
    .flatMap((line, position) =>
      lineVerdicts(line, sorted).flatMap(verdict =>
        verdict.state === 'accepted'
          ? [
              asText((claims[verdict.claim] as Claim).contract, {
                ...verdict.cells,
                _position: String(position),
                _ordinal: String(verdict.ordinal),
              }),
            ]
          : [],
      ),
    )
    .sort()
}

export function asText(contract: Contract, row: Cells): string {
  const cells = Object.entries(row).map(([column, value]) => {
    const kind = contract.row[column]?.kind
    const text =
      value === null
        ? null
        : kind === 'decimal'
          ? canonical(String(value))
          : kind === 'list'
            ? JSON.stringify(JSON.parse(String(value)))
            : String(value)
    return [column, text]
  })
  return JSON.stringify([contract.name, Object.fromEntries(cells.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))])
}
