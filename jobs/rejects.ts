import { quote } from '../contracts/admission.ts'
import type { Breach } from '../contracts/contract.ts'
import type { Reader } from '../models/warehouse/warehouse.ts'

/** One reject as a person may see it: where it is and what it broke, never what it says of a person. */
export interface RejectRow {
  readonly connection: string
  readonly contract: string
  readonly key: string | null
  readonly file: string
  readonly position: string
  readonly codes: string
  readonly firstSeen: string
  readonly state: string
  readonly breaches: readonly Breach[]
}

export interface RejectFilter {
  readonly contract?: string
  readonly connection?: string
  readonly limit: number
}

/** Open rejects, newest first; what only waits with its parent comes last. */
export async function listRejects(
  reader: Reader,
  { contract, connection, limit }: RejectFilter,
): Promise<readonly RejectRow[]> {
  const conditions = [
    `state = 'open'`,
    ...(contract === undefined ? [] : [`contract = ${quote(contract)}`]),
    ...(connection === undefined ? [] : [`connection = ${quote(connection)}`]),
  ]
  const rows = await reader.query({
    sql: `select connection, contract, record, file, position, breaches, first_seen, state from ops.rejects
      where ${conditions.join(' and ')} order by json_extract_string(breaches, '$[0].code') = 'parent_rejected', first_seen desc, connection, contract, position limit ${Math.trunc(limit)}`,
  })
  return rows.map(row => {
    const breaches = JSON.parse(String(row.breaches)) as readonly Breach[]
    return {
      connection: String(row.connection),
      contract: String(row.contract),
      key: row.record === null ? null : String(row.record),
      file: String(row.file ?? ''),
      position: String(row.position),
      codes: breaches.map(({ column, code }) => (column === '' ? code : `${column}: ${code}`)).join('; '),
      firstSeen: String(row.first_seen),
      state: String(row.state),
      breaches,
    }
  })
}
