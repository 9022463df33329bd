import { Fault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { listRejects } from '../../jobs/rejects.ts'
import type { Reader } from '../../models/warehouse/warehouse.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { checkNamed } from './named.ts'
import { minute, table } from './table.ts'

export interface RejectsOptions {
  readonly contract?: string
  readonly connection?: string
  readonly limit: string
  readonly json: boolean
}

/** Open rejects: where each is and which promise it broke. Values that tell of a person are never shown. */
export async function rejects(
  { lane, environment }: Office,
  catalogue: Catalogue,
  { limit, json, ...filter }: RejectsOptions,
): Promise<number> {
  const atMost = limitOf(limit)
  const contracts = [...catalogue.contracts.map(({ name }) => name), 'unclaimed']
  const rows = await lane.use(async warehouse => {
    const held = await heldNames(warehouse, { table: 'ops.rejects', thing: 'contract' })
    checkNamed('contract', filter.contract, [...contracts, ...held.things])
    checkNamed('connection', filter.connection, [
      ...environment.connections.map(({ name }) => name),
      ...held.connections,
    ])
    return listRejects(warehouse, { ...filter, limit: atMost })
  })
  if (json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
  else if (rows.length === 0) process.stdout.write('No open rejects.\n')
  else {
    const lines = rows.map(row => [
      minute(row.firstSeen),
      row.connection,
      row.contract,
      row.key ?? `record ${row.position}`,
      row.breaches
        .map(
          breach =>
            `${breach.column === '' ? breach.code : breach.column}: ${breach.found === undefined ? breach.code : breach.found}, promised ${breach.allowed}`,
        )
        .join('; '),
    ])
    process.stdout.write(
      `${table(lines)}\n${rows.length} open reject${rows.length === 1 ? '' : 's'}${rows.length === atMost ? ' shown; more with --limit' : ''}.\n`,
    )
  }
  return exitCodes.ok.code
}

/** What a table of `ops` has rows of, also where the project no longer has it. */
export async function heldNames(
  reader: Reader,
  { table, thing }: { readonly table: string; readonly thing: string },
): Promise<{ readonly things: readonly string[]; readonly connections: readonly string[] }> {
  const rows = await reader.query({ sql: `select distinct ${thing} as thing, connection from ${table}` })
  return { things: rows.map(row => String(row.thing)), connections: rows.map(row => String(row.connection)) }
}

/** How many lines a list may have. */
export function limitOf(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text)
  throw new Fault({
    what: `--limit takes a number from 1 to 9999, and got ${text}`,
    where: 'the command line',
    hint: 'For example --limit 100.',
    retry: 'never',
  })
}
