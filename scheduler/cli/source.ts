import type { Connection } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { toFault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { type Pipeline, pipelinesOf } from '../../jobs/pipeline.ts'
import type { Sample } from '../../jobs/sample.ts'
import type { SourceObject } from '../../jobs/sources/source.ts'
import { exitCodes } from '../exit-codes.ts'
import { type Office, visitorOf } from '../office.ts'
import { named } from './named.ts'
import { limitOf } from './rejects.ts'
import { counted, minute, table } from './table.ts'

/** What can be read of a source with the rights that the connection has; nothing is kept. */
export async function sourceCheck(office: Office, catalogue: Catalogue, wanted: string): Promise<number> {
  let failed = false
  for (const [connection, pipelines] of grouped(pipelinesOn(office, catalogue, wanted))) {
    const ctx = contextFor(office)
    const account = await verdictOf(office, () => accountSays(office, ctx, pipelines[0] as Pipeline))
    const rows = [[account[0], connection.name, account[1]]]
    for (const pipeline of pipelines) {
      const [verdict, says] =
        account[0] === 'fail' ? notLooked : await verdictOf(office, () => objectSays(ctx, pipeline))
      failed ||= verdict === 'fail'
      rows.push([verdict, pipeline.object.name, says])
    }
    failed ||= account[0] === 'fail'
    process.stdout.write(`${table(rows)}\n`)
  }
  return failed ? exitCodes.failed.code : exitCodes.ok.code
}

type Verdict = readonly [verdict: 'ok' | 'warn' | 'fail' | '-', says: string]

const notLooked: Verdict = ['-', 'not looked at']

/** Whoever declares a connection asks for its account here: another one than is written down is no failure yet. */
async function accountSays(office: Office, ctx: Context, { source, connection }: Pipeline): Promise<Verdict> {
  const { account } = await source.check(ctx, connection)
  const promised = office.outside.secret(connection.account)
  if (account === promised) return ['ok', `answers as ${account}`]
  return ['warn', `answers as ${account}, and the account that is written down is ${promised}`]
}

async function objectSays(ctx: Context, { object, connection }: Pipeline): Promise<Verdict> {
  if (object.lacks === undefined) return ['ok', `nothing to ask for beforehand; \`source sample\` reads some of it`]
  const says = await object.lacks(ctx, connection)
  return says.length === 0 ? ['ok', 'can be read'] : ['warn', says.join('; ')]
}

/** What was found, or the Fault that stands in the way. */
async function verdictOf({ outside }: Office, look: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await look()
  } catch (error) {
    const fault = outside.masked(toFault(error, 'the source'))
    return ['fail', `${fault.what} (${fault.where}). Next: ${fault.hint}`]
  }
}

/** The objects that are declared for a source, with the columns of their contracts and where each stands in what is delivered. */
export async function sourceDiscover(office: Office, catalogue: Catalogue, wanted: string): Promise<number> {
  const [[connection, pipelines] = []] = grouped(pipelinesOn(office, catalogue, wanted))
  const blocks = (pipelines ?? []).map(({ object }) => objectText(object))
  process.stdout.write(
    `${[`${connection?.system} ${connection?.name}: ${counted(blocks.length, 'object')}`, ...blocks].join('\n\n')}\n`,
  )
  return exitCodes.ok.code
}

function objectText({ name, claims, format, every, whole, changeSignal }: SourceObject): string {
  const often = every === undefined ? 'every night' : `every ${every / 86_400_000} days`
  const rows = claims.flatMap(({ contract, fields, each, forms, presence }) => [
    [
      `  ${contract.name}`,
      presence === true ? 'only that it is there' : `version ${contract.version}, ${contract.risk}`,
      '',
    ],
    ...Object.entries(fields).map(([column, path]) => [
      `    ${column}${contract.key.includes(column) ? ' (key)' : ''}`,
      each === undefined || path.startsWith('^') ? path : `${each}[].${path}`,
      forms?.[column]?.words ?? contract.row[column]?.form ?? '',
    ]),
  ])
  return `${name}  ${format}, ${often}${whole === true ? ', whole' : ''}, changed by: ${changeSignal}\n${table(rows)}`
}

/** The most records of a sample. */
const mostSampled = 100

export interface SampleOptions {
  readonly limit: string
}

/** The first records of an object as its contracts judge them; nothing is kept, and what tells of a person is not shown. */
export async function sourceSample(
  office: Office,
  catalogue: Catalogue,
  { connection, object, limit }: SampleOptions & { readonly connection: string; readonly object: string },
): Promise<number> {
  const most = Math.min(limitOf(limit), mostSampled)
  const found = named(
    `object of ${connection}:`,
    object,
    pipelinesOn(office, catalogue, connection).map(each => [each.object.name, each] as const),
  )
  const { sample } = await import('../../jobs/sample.ts')
  const taken = await sample(contextFor(office), { object: found.object, connection: found.connection, limit: most })
  process.stdout.write(`${sampleText(taken)}\n`)
  return exitCodes.ok.code
}

function sampleText({ interval, accepted, rejected }: Sample): string {
  const rows = accepted.flatMap(({ contract, rows: found }) =>
    found.map(
      row =>
        `${contract.name}\n${table(Object.entries(row).map(([column, value]) => [`  ${column}`, String(value ?? '')]))}`,
    ),
  )
  const bad = rejected.map(
    ({ contract, record, breaches }) =>
      `rejected  ${contract} ${(record ?? '') === '' ? 'without a key' : record}: ${breaches.map(({ column, allowed, found }) => `${column}: ${found ?? 'missing'}, promised ${allowed}`).join('; ')}`,
  )
  const none = rows.length + bad.length === 0 ? ['Nothing was delivered.'] : []
  return [`Changed since ${minute(interval.from)}Z:`, ...none, ...rows, ...bad].join('\n')
}

function pipelinesOn(office: Office, catalogue: Catalogue, wanted: string): readonly Pipeline[] {
  const all = pipelinesOf({ environment: office.environment, catalogue })
  const byName = Map.groupBy(all, ({ connection }) => connection.name)
  const bySystem = Map.groupBy(all, ({ connection }) => connection.system)
  return named('connection that is read from', wanted, [...bySystem, ...byName])
}

function grouped(pipelines: readonly Pipeline[]): readonly (readonly [Connection, readonly Pipeline[]])[] {
  const connections = [...new Set(pipelines.map(({ connection }) => connection))]
  return connections.map(connection => [connection, pipelines.filter(each => each.connection === connection)])
}

/** Ten minutes: a source may have to make what it is asked for. */
const patienceMs = 10 * 60 * 1000

const contextFor = (office: Office): Context => visitorOf(office, 'source', patienceMs)
