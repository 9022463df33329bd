import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { name, quote } from '../contracts/admission.ts'
import type { Connection, Interval } from '../contracts/connection.ts'
import type { Context } from '../contracts/context.ts'
import type { Breach, Contract } from '../contracts/contract.ts'
import { dayMs, earlier, instantOf } from '../contracts/instant.ts'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import type { Cells, Local } from '../models/warehouse/warehouse.ts'
import { gate } from './gate/gate.ts'
import { type Gated, gateFileOf } from './gate/gated.ts'
import { landFile } from './landing.ts'
import { plain } from './sources/dialect.ts'
import { hasHeader, type Landed, type SourceObject } from './sources/source.ts'

/** What the first records of an object look like, and what their contracts say of them. */
export interface Sample {
  readonly interval: Interval
  readonly accepted: readonly { readonly contract: Contract; readonly rows: readonly Cells[] }[]
  readonly rejected: readonly SampleReject[]
}

export interface SampleReject {
  readonly contract: string
  readonly record: string | null
  readonly breaches: readonly Breach[]
}

export interface SampleTerms {
  readonly object: SourceObject
  readonly connection: Connection
  /** Lines or rows that are read, of each file. */
  readonly limit: number
}

/** Reads the first records of the last day or, where it brought none, of all time; keeps nothing and loads nothing. */
export async function sample(ctx: Context, terms: SampleTerms): Promise<Sample> {
  const to = instantOf(ctx.now())
  const day = earlier(to, dayMs)
  const recent = await sampleOf(ctx, terms, { from: [day, terms.connection.since].sort()[1] ?? day, to })
  const isEmpty = recent.accepted.every(({ rows }) => rows.length === 0) && recent.rejected.length === 0
  return isEmpty ? sampleOf(ctx, terms, { from: terms.connection.since, to }) : recent
}

async function sampleOf(ctx: Context, terms: SampleTerms, interval: Interval): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), 'boomerang-sample-'))
  const warehouse = await openDuckdb(':memory:', { threads: 1 })
  const room = { prefix: 's', offset: 0, scratch: join(folder, 'scratch') }
  try {
    await mkdir(room.scratch)
    await warehouse.local.run(`attach if not exists ':memory:' as gate`)
    const files = await firstLines(ctx, terms, { interval, folder })
    const gated: Gated[] = []
    for (const landed of files)
      gated.push(await gate(warehouse.local, { ...gateFileOf(terms.object, folder, landed), ...room }))
    return { interval, ...(await judged(warehouse.local, gated, terms.limit)) }
  } finally {
    await warehouse.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Text that is whole behind any of its lines. */
const isCut = ({ format, dialect: { compression, encoding, trailer } = plain }: SourceObject): boolean =>
  format !== 'parquet' && compression === 'none' && encoding !== 'utf-16le' && trailer === undefined

class Enough extends Error {
  readonly landed: Landed
  constructor(landed: Landed) {
    super('enough')
    this.landed = landed
  }
}

/** The first file that holds anything, cut behind its first lines: whoever delivers it is stopped there. */
async function firstLines(
  ctx: Context,
  { object, connection, limit }: SampleTerms,
  { interval, folder }: { readonly interval: Interval; readonly folder: string },
): Promise<readonly Landed[]> {
  const header = hasHeader(object) ? 1 : 0
  const into = { ...object, folder }
  const land = async (file: string, bytes: AsyncIterable<Uint8Array>): Promise<Landed> => {
    const landed = await landFile(into, file, isCut(object) ? headOf(bytes, limit + header) : bytes)
    if ((landed.lines ?? 1) > header) throw new Enough(landed)
    return landed
  }
  try {
    const memory = { get: async () => undefined, set: async () => undefined }
    for await (const _ of object.extract({ ...ctx, resume: memory }, { connection, interval, land }));
    return []
  } catch (error) {
    if (error instanceof Enough) return [error.landed]
    throw error
  }
}

const lineFeed = 10

async function* headOf(bytes: AsyncIterable<Uint8Array>, lines: number): AsyncGenerator<Uint8Array> {
  let left = lines
  for await (const chunk of bytes) {
    let at = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0 && left > 0; end = chunk.indexOf(lineFeed, at)) {
      left -= 1
      at = end + 1
    }
    yield left > 0 ? chunk : chunk.subarray(0, at)
    if (left === 0) return
  }
}

async function judged(
  local: Local,
  gated: readonly Gated[],
  limit: number,
): Promise<Pick<Sample, 'accepted' | 'rejected'>> {
  const accepted: { contract: Contract; rows: readonly Cells[] }[] = []
  const rejected: SampleReject[] = []
  for (const { stages, rejects } of gated) {
    for (const { contract, relation } of stages)
      accepted.push({
        contract,
        rows: await local.query(`select ${shown(contract)} from ${relation} order by _position limit ${limit}`),
      })
    for (const row of await local.query(
      `select contract, record, breaches::varchar as breaches from ${rejects} order by position limit ${limit}`,
    ))
      rejected.push({
        contract: String(row.contract),
        record: row.record === null ? null : String(row.record),
        breaches: JSON.parse(String(row.breaches)) as readonly Breach[],
      })
  }
  return { accepted, rejected }
}

/** What tells of a person is shown as present or absent only. */
const shown = (contract: Contract): string =>
  Object.entries(contract.row)
    .map(([column, { personal, kind }]) => {
      const value = name(column)
      if (personal) return `case when ${value} is not null then ${quote('•••')} end as ${value}`
      if (kind === 'instant') return `strftime(${value}, '%Y-%m-%dT%H:%M:%SZ') as ${value}`
      if (kind === 'decimal') return `regexp_replace(${value}::varchar, '(\\.[0-9]{2}[0-9]*?)0+$', '\\1') as ${value}`
      return `${value}::varchar as ${value}`
    })
    .join(', ')
