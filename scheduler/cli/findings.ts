import { quote } from '../../contracts/admission.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { checkNamed } from './named.ts'
import { heldNames, limitOf } from './rejects.ts'
import { amount } from './render.ts'
import { minute, table } from './table.ts'

export interface FindingsOptions {
  readonly check?: string
  readonly connection?: string
  readonly limit: string
}

/** What the checks found and is not resolved, the dearest first: where, what was expected, and what was found. */
export async function findings(
  { lane, environment }: Office,
  catalogue: Catalogue,
  { check, connection, limit }: FindingsOptions,
): Promise<number> {
  const wanted = [
    `state <> 'resolved'`,
    ...(check === undefined ? [] : [`check_name = ${quote(check)}`]),
    ...(connection === undefined ? [] : [`connection = ${quote(connection)}`]),
  ].join(' and ')
  const shown = limitOf(limit)
  const rows = await lane.use(async warehouse => {
    const held = await heldNames(warehouse, { table: 'ops.findings', thing: 'check_name' })
    checkNamed('check', check, [...catalogue.checks.map(({ name }) => name), ...held.things])
    checkNamed('connection', connection, [...environment.connections.map(({ name }) => name), ...held.connections])
    return warehouse.query({
      sql: `select check_name, connection, key, kind, expected, found, at_risk::varchar as at_risk, currency, first_seen from ops.findings as f
        where ${wanted} order by f.at_risk desc nulls last, first_seen, key limit ${shown}`,
    })
  })
  if (rows.length === 0) process.stdout.write('No open findings.\n')
  else {
    const lines = rows.map(row => [
      minute(String(row.first_seen)),
      String(row.connection),
      `${row.check_name}: ${row.kind}`,
      String(row.key),
      row.at_risk === null ? '' : `${amount(String(row.at_risk))} ${row.currency ?? ''}`,
      `expected ${plain(row.expected)}, found ${plain(row.found)}`,
    ])
    process.stdout.write(`${table([['first seen', 'connection', 'check', 'key', 'at risk', ''], ...lines])}\n`)
  }
  return exitCodes.ok.code
}

/** A decimal as a person writes it; everything else as it is. */
const plain = (value: unknown): string =>
  /^\d+\.\d{9}$/.test(String(value)) ? amount(String(value)) : String(value ?? 'nothing')
