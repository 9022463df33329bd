import { name, quote } from '../../contracts/admission.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Local } from '../../models/warehouse/warehouse.ts'
import { beginsMarked, isBlank, linesOf } from '../landed-text.ts'
import { plain } from '../sources/dialect.ts'
import type { Gated, GateFile, GateText } from './gated.ts'
import { elementsQuery, type LineClaim, type ListClaim, lineClaims, linesQuery } from './ndjson-query.ts'
import { unpackedAll } from './packed.ts'
import { counts, emptyStage, pathSql, rejectedTable, type StageTerms, stageStatements } from './stage.ts'
import { lineVerdicts } from './verdict.ts'
import { type VerdictFiles, verdictFiles } from './verdict-files.ts'

/** The reader's buffer is a multiple of this on every thread; longer lines would cost more than they can be worth. */
const readableLine = 64 * 1024 * 1024

/** NDJSON: one pass by the engine, and one by the judge over the lines that hold a doubt. */
export async function gateLines(local: Local, file: GateText): Promise<Gated> {
  const lines = lineClaims(file.claims)
  const relation = (what: string): string => `gate.${name(`${file.prefix}_${what}`)}`
  if (file.lines === 0) return gateNothing(local, { file, lines, relation })
  const marked = await beginsMarked(file.text.path, file.text.compression)
  await local.run(judgingStatements(source(file), { lines, relation, marked }).join(';\n'))
  const { delivered, roots, doubted } = await counts(local, {
    delivered: `select count(*) from ${relation('lines')}`,
    roots: `select count(*) from ${relation('lines')} where child is not true`,
    doubted: `select count(*) from ${relation('doubts')}`,
  })
  if (delivered !== file.lines) throw misread(file, delivered)
  const verdicts = verdictFiles(file)
  if (doubted > 0) await judgeDoubted(local, { file, lines, doubts: relation('doubts'), verdicts })
  await verdicts.close()
  const { stages, unclaimed } = await stageAll(local, { file, lines, relation, verdicts, doubted })
  return { delivered, unclaimed, roots, stages, rejects: relation('rejects') }
}

interface Judging {
  readonly lines: readonly LineClaim[]
  readonly relation: Relation
}

const judgingStatements = (
  from: string,
  { lines, relation, marked }: Judging & { readonly marked: boolean },
): readonly string[] => [
  `create or replace table ${relation('lines')} as ${linesQuery(from, lines)}`,
  ...lines.flatMap(line =>
    line.lists.map(
      list =>
        `create or replace table ${relation(`list${list.index}`)} as ${elementsQuery(relation('lines'), line, list)}`,
    ),
  ),
  `create or replace table ${relation('doubts')} as ${doubtsQuery(relation, lines, marked)}`,
]

/** A file without a line: every stage of it is there, and empty. */
async function gateNothing(
  local: Local,
  { file, lines, relation }: Judging & { readonly file: GateFile },
): Promise<Gated> {
  const all = lines.flatMap(line => [
    { ...line, inline: false },
    ...line.lists.map(list => ({ ...list, inline: true })),
  ])
  const tables = all.map(({ index, claim }) => emptyStage(relation(`stage${index}`), claim.contract))
  await local.run([rejectedTable(relation('rejects'), undefined, file), ...tables].join(';\n'))
  const stages = all.map(({ index, claim: { contract }, inline }) => ({
    contract,
    relation: relation(`stage${index}`),
    inline,
    made: 0,
    staged: 0,
    beside: false,
  }))
  return { delivered: 0, unclaimed: 0, roots: 0, stages, rejects: relation('rejects') }
}

function source(file: GateText): string {
  if (file.longest > readableLine)
    throw new Fault({
      what: `a line of ${file.longest} bytes was delivered, and ${readableLine} is the most that can be read`,
      where: file.path,
      hint: 'Ask the sender for one record a line. Nothing was loaded; the interval stays open.',
      retry: 'never',
    })
  const size = Math.max(4 * 1024 * 1024, file.longest + 1024)
  const { path, compression } = file.text
  const packing = compression === 'none' ? 'uncompressed' : compression
  return `read_ndjson_objects(${pathSql(path)}, compression=${quote(packing)}, ignore_errors=true, maximum_object_size=${size})`
}

const misread = (file: GateFile, delivered: number): Fault =>
  new Fault({
    what: `${delivered} lines were read of the ${file.lines} that landed`,
    where: file.path,
    hint: 'Nothing was loaded; the interval stays open. The file may have been changed after it landed: run again to extract it anew.',
    retry: 'never',
  })

type Relation = (what: string) => string

/**
 * Positions and lengths of lines in which the query did not admit every record, in the file's order: the judge then has the whole line. A line behind a
 * byte-order mark is always doubted, and its length is not known: on one thread DuckDB 1.5 reads it without the mark, on several not at all.
 */
function doubtsQuery(relation: Relation, lines: readonly LineClaim[], marked: boolean): string {
  const lists = lines.flatMap(line => line.lists.map(list => relation(`list${list.index}`)))
  const doubtful = lists.map(list => `or rowid in (select position from ${list} where not admitted)`).join(' ')
  const [length, first] = marked ? ['case when rowid > 0 then length end', 'or rowid = 0'] : ['length', '']
  return `select rowid as position, ${length} as length from ${relation('lines')} where admitted is not true ${first} ${doubtful} order by rowid`
}

interface Doubted {
  readonly file: GateText
  readonly lines: readonly LineClaim[]
  readonly doubts: string
  readonly verdicts: VerdictFiles
}

/** Walks the doubts and the file side by side; neither is ever held whole. */
async function judgeDoubted(local: Local, { file, lines, doubts, verdicts }: Doubted): Promise<void> {
  const pending = doubtedLines(local, doubts)
  let next = await pending.next()
  if (next.done === true) return
  for await (const line of linesOf(file.text.path, { ...plain, compression: file.text.compression })) {
    if (line.position !== next.value.position) continue
    if (!isSame(line.bytes, next.value.length)) throw misplaced(file, line.position)
    const raw = line.bytes.toString('utf8')
    for (const verdict of lineVerdicts(line.bytes, lines))
      await verdicts.write(verdict, { position: line.position, raw })
    next = await pending.next()
    if (next.done === true) return
  }
  throw misread(file, next.value.position)
}

interface DoubtedLine {
  readonly position: number
  /** Null where the engine found the line malformed. */
  readonly length: number | null
}

async function* doubtedLines(local: Local, doubts: string): AsyncGenerator<DoubtedLine, undefined> {
  for await (const rows of local.read(doubts, ['position', 'length']))
    for (const row of rows)
      yield { position: Number(row.position), length: row.length === null ? null : Number(row.length) }
  return undefined
}

/** The engine doubted a line by its place; the judge must have the same line before it, and not its neighbour. */
const isSame = (bytes: Uint8Array, length: number | null): boolean => length === null || trimmedLength(bytes) === length

/** The engine's length of a line is without the blanks around it. */
function trimmedLength(bytes: Uint8Array): number {
  let [from, to] = [0, bytes.length]
  while (from < to && isBlank(bytes, from, from + 1)) from += 1
  while (from < to && isBlank(bytes, to - 1, to)) to -= 1
  return to - from
}

const misplaced = (file: GateFile, position: number): Fault =>
  new Fault({
    what: `the engine and the judge do not see the same line at position ${position}`,
    where: file.path,
    hint: 'Nothing was loaded; the interval stays open. Please report this: lines must keep their order.',
    retry: 'never',
  })

interface Staging extends Judging {
  readonly file: GateFile
  readonly verdicts: VerdictFiles
  /** How many lines were doubted. */
  readonly doubted: number
}

async function stageAll(local: Local, staging: Staging): Promise<Pick<Gated, 'stages' | 'unclaimed'>> {
  const { file, relation, verdicts } = staging
  const all = stagedOf(staging)
  const rejects = relation('rejects')
  const statements = all.flatMap(staged => stageStatements(staged))
  await local.run([rejectedTable(rejects, verdicts.rejected(), file), ...statements].join(';\n'))
  const rejected = (what: string): string => `select count(*) from ${rejects} where contract = ${quote(what)}`
  const hasRejects = verdicts.rejected() !== undefined
  const counted = await counts<string>(local, {
    ...Object.fromEntries(all.map(({ view, index }) => [`staged${index}`, `select count(*) from ${view}`])),
    ...(hasRejects ? { unclaimed: rejected('unclaimed') } : {}),
    ...(hasRejects
      ? Object.fromEntries(all.map(({ contract, index }) => [`rejected${index}`, rejected(contract.name)]))
      : {}),
  })
  const stages = all.map(({ contract, view, index, inline, path }) => {
    const staged = counted[`staged${index}`] ?? 0
    const made = staged + (counted[`rejected${index}`] ?? 0)
    return { contract, relation: view, inline, made, staged, beside: path !== undefined }
  })
  return { stages, unclaimed: counted.unclaimed ?? 0 }
}

interface Staged extends StageTerms {
  readonly index: number
  readonly inline: boolean
}

function stagedOf({ file, lines, relation, verdicts, doubted }: Staging): readonly Staged[] {
  const { offset } = file
  const sure = (position: string): string =>
    doubted === 0 ? 'true' : `${position} not in (select position from ${relation('doubts')})`
  const staged = ({ claim, index }: Pick<LineClaim, 'claim' | 'index'>): Omit<Staged, 'admitted' | 'inline'> => ({
    index,
    contract: claim.contract,
    view: relation(`stage${index}`),
    accepted: relation(`accepted${index}`),
    path: verdicts.accepted(index),
    offset,
  })
  return lines.flatMap(line => [
    { ...staged(line), admitted: admittedLines(line, relation('lines'), sure('rowid')), inline: false },
    ...line.lists.map(list => ({
      ...staged(list),
      admitted: admittedElements(list, relation(`list${list.index}`), sure('position')),
      inline: true,
    })),
  ])
}

const admittedLines = ({ claim, index }: LineClaim, lines: string, sure: string): string =>
  `select ${unpackedAll(`c${index}`, claim.contract)}, rowid as _position, 0::bigint as _ordinal, null::json as _extra
   from ${lines} where kind = ${quote(claim.kind ?? '')} and ${sure}`

const admittedElements = ({ claim }: ListClaim, elements: string, sure: string): string =>
  `select ${unpackedAll('c', claim.contract)}, position as _position, ordinal::bigint as _ordinal, null::json as _extra
   from ${elements} where ${sure}`
