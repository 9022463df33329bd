import type { Connection } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { dayMs } from '../../contracts/instant.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { type Pipeline, pipelinesOf } from '../../jobs/pipeline.ts'
import type { Sample } from '../../jobs/sample.ts'
import type { SourceObject } from '../../jobs/sources/source.ts'
import { exitCodes } from '../exit-codes.ts'
import { type Office, visitorOf } from '../office.ts'
import { findingRows, found, type Says } from './look.ts'
import { counted, minute, table } from './table.ts'

/** What can be read of a source with the rights that the connection has; nothing is kept. */
export async function sourceCheck(office: Office, catalogue: Catalogue, wanted: string): Promise<number> {
  let failed = false
  for (const [connection, pipelines] of byConnection(pipelinesNamed(office, catalogue, wanted))) {
    const ctx = contextFor(office)
    const findings = [await found(office, connection.name, () => accountSays(ctx, pipelines[0] as Pipeline))]
    for (const pipeline of pipelines)
      findings.push(await found(office, pipeline.object.name, () => rightsSay(ctx, pipeline)))
    failed ||= findings.some(({ verdict }) => verdict === 'fail')
    process.stdout.write(`${table(findingRows(findings))}\n`)
  }
  return failed ? exitCodes.failed.code : exitCodes.ok.code
}

const accountSays = async (ctx: Context, { source, connection }: Pipeline): Promise<Says> =>
  `answers as ${(await source.check(ctx, connection)).account}`

async function rightsSay(ctx: Context, { object, connection }: Pipeline): Promise<Says> {
  const lacks = (await object.lacks?.(ctx, connection)) ?? []
  return lacks.length === 0 ? 'can be read' : { warns: lacks.join('; ') }
}

/** The objects that are declared for a source, with the columns of their contracts and where each stands in what is delivered. */
export async function sourceDiscover(office: Office, catalogue: Catalogue, wanted: string): Promise<number> {
  const [[connection, pipelines] = []] = [...byConnection(pipelinesNamed(office, catalogue, wanted))]
  const blocks = (pipelines ?? []).map(({ object }) => objectText(object))
  process.stdout.write(
    `${[`${connection?.system} ${connection?.name}: ${counted(blocks.length, 'object')}`, ...blocks].join('\n\n')}\n`,
  )
  return exitCodes.ok.code
}

function objectText({ name, claims, format, every, whole, changeSignal }: SourceObject): string {
  const often = every === undefined ? 'every night' : `every ${every / dayMs} days`
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

export interface SampleOptions {
  readonly limit: string
}

/** The first records of an object as its contracts judge them; nothing is kept, and what tells of a person is not shown. */
export async function sourceSample(
  office: Office,
  catalogue: Catalogue,
  { connection, object, limit }: SampleOptions & { readonly connection: string; readonly object: string },
): Promise<number> {
  const pipelines = pipelinesNamed(office, catalogue, connection)
  const found = pipelines.find(pipeline => pipeline.object.name === object)
  if (found === undefined)
    throw unknown(
      `${object} on ${connection}`,
      pipelines.map(each => each.object.name),
    )
  const { sample } = await import('../../jobs/sample.ts')
  const most = Math.min(Math.max(1, Math.trunc(Number(limit)) || 5), 100)
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
      `rejected  ${contract} ${record ?? ''}: ${breaches.map(({ column, allowed, found }) => `${column}: ${found ?? 'missing'}, promised ${allowed}`).join('; ')}`,
  )
  const none = rows.length + bad.length === 0 ? ['Nothing was delivered.'] : []
  return [`Changed since ${minute(interval.from)}Z:`, ...none, ...rows, ...bad].join('\n')
}

function pipelinesNamed(office: Office, catalogue: Catalogue, wanted: string): readonly Pipeline[] {
  const all = pipelinesOf({ environment: office.environment, catalogue })
  const found = all.filter(({ connection }) => connection.name === wanted || connection.system === wanted)
  if (found.length > 0) return found
  throw unknown(wanted, [...new Set(all.map(({ connection }) => connection.name))])
}

const unknown = (wanted: string, known: readonly string[]): Fault =>
  new Fault({
    what: `nothing is read from ${wanted}`,
    where: 'the command line',
    hint: `There are: ${known.join(', ')}.`,
    retry: 'never',
  })

const byConnection = (pipelines: readonly Pipeline[]): ReadonlyMap<Connection, readonly Pipeline[]> =>
  Map.groupBy(pipelines, ({ connection }) => connection)

/** Ten minutes: a source may have to make what it is asked for. */
const patienceMs = 10 * 60 * 1000

const contextFor = (office: Office): Context => visitorOf(office, 'source', patienceMs)
