import { name, quote } from '../../contracts/admission.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Local } from '../../models/warehouse/warehouse.ts'
import { isBlank, linesOf } from '../landed-text.ts'
import { plain } from '../sources/dialect.ts'
import type { Gated, GateFile, GateText, Stage } from './gated.ts'
import { elementsQuery, type LineClaim, type ListClaim, lineClaims, linesQuery } from './ndjson-query.ts'
import { unpackedAll } from './packed.ts'
import { acceptedSelect, count, pathSql, rejectedSelect, stageView } from './stage.ts'
import { lineVerdicts } from './verdict.ts'
import { type VerdictFiles, verdictFiles } from './verdict-files.ts'

/** The reader's buffer is a multiple of this on every thread; longer lines would cost more than they can be worth. */
const readableLine = 64 * 1024 * 1024

/** NDJSON: one pass by the engine, and one by the judge over the lines that hold a doubt. */
export async function gateLines(local: Local, file: GateText): Promise<Gated> {
  const lines = lineClaims(file.claims)
  const relation = (what: string): string => `gate.${name(`${file.prefix}_${what}`)}`
  await local.run(`create or replace table ${relation('lines')} as ${linesQuery(source(file), lines)}`)
  for (const line of lines)
    for (const list of line.lists)
      await local.run(
        `create or replace table ${relation(`list${list.index}`)} as ${elementsQuery(relation('lines'), line, list)}`,
      )
  const delivered = await count(local, `select count(*) from ${relation('lines')}`)
  if (delivered !== file.lines) throw misread(file, delivered)
  await local.run(`create or replace table ${relation('doubts')} as ${doubtsQuery(relation, lines)}`)

  const verdicts = verdictFiles(file)
  await judgeDoubted(local, { file, lines, doubts: relation('doubts'), verdicts })
  await verdicts.close()
  await local.run(`create or replace table ${relation('rejects')} as ${rejectedSelect(verdicts.rejected, file)}`)
  const stages = await stageAll(local, { file, lines, relation, verdicts })
  const unclaimed = await count(local, `select count(*) from ${relation('rejects')} where contract = 'unclaimed'`)
  const roots = await count(local, `select count(*) from ${relation('lines')} where child is not true`)
  return { delivered, unclaimed, roots, stages, rejects: relation('rejects') }
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

/** Positions and lengths of lines in which the query did not admit every record, in the file's order: the judge then has the whole line. */
function doubtsQuery(relation: Relation, lines: readonly LineClaim[]): string {
  const lists = lines.flatMap(line => line.lists.map(list => relation(`list${list.index}`)))
  const doubtful = lists.map(list => `or rowid in (select position from ${list} where not admitted)`).join(' ')
  return `select rowid as position, length from ${relation('lines')} where admitted is not true ${doubtful} order by rowid`
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

interface Staging {
  readonly file: GateFile
  readonly lines: readonly LineClaim[]
  readonly relation: Relation
  readonly verdicts: VerdictFiles
}

async function stageAll(local: Local, staging: Staging): Promise<readonly Stage[]> {
  const { relation } = staging
  const all = staging.lines.flatMap((line): readonly Staged[] => [
    { ...line, admitted: admittedLines(relation, line), inline: false },
    ...line.lists.map(list => ({ ...list, admitted: admittedElements(relation, list), inline: true })),
  ])
  await local.run(all.flatMap(staged => stageStatements(staging, staged)).join(';\n'))
  const counted = await local.query(
    all
      .map(
        ({ claim, index }) => `select ${index} as index, (select count(*) from ${relation(`stage${index}`)})
          + (select count(*) from ${relation('rejects')} where contract = ${quote(claim.contract.name)}) as made`,
      )
      .join(' union all '),
  )
  const made = new Map(counted.map(row => [Number(row.index), Number(row.made)]))
  return all.map(({ claim, index, inline }) => ({
    contract: claim.contract,
    relation: relation(`stage${index}`),
    inline,
    made: made.get(index) ?? 0,
  }))
}

type Staged = Pick<LineClaim, 'claim' | 'index'> & { readonly admitted: string; readonly inline: boolean }

function stageStatements({ file, relation, verdicts }: Staging, { claim, index, admitted }: Staged): readonly string[] {
  const accepted = relation(`accepted${index}`)
  return [
    `create or replace table ${accepted} as ${acceptedSelect(verdicts.accepted(index), claim.contract)}`,
    `create or replace view ${relation(`stage${index}`)} as ${stageView({ admitted, accepted, offset: file.offset })}`,
  ]
}

const admittedLines = (relation: Relation, { claim, index }: LineClaim): string =>
  `select ${unpackedAll(`c${index}`, claim.contract)}, rowid as _position, 0::bigint as _ordinal, null::json as _extra
   from ${relation('lines')} where kind = ${quote(claim.kind ?? '')} and rowid not in (select position from ${relation('doubts')})`

const admittedElements = (relation: Relation, { claim, index }: ListClaim): string =>
  `select ${unpackedAll('c', claim.contract)}, position as _position, ordinal::bigint as _ordinal, null::json as _extra
   from ${relation(`list${index}`)} where position not in (select position from ${relation('doubts')})`
