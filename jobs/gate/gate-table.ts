import { name, quote } from '../../contracts/admission.ts'
import type { Json } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Local } from '../../models/warehouse/warehouse.ts'
import { textOf } from '../landed-text.ts'
import { plain } from '../sources/dialect.ts'
import type { Claim } from '../sources/source.ts'
import { headerOf } from './csv-header.ts'
import type { Gated, GateText, Stage } from './gated.ts'
import { unpackedAll } from './packed.ts'
import { counts, pathSql, rejectedTable, stageStatements } from './stage.ts'
import { checkHeader, columnsBeside, csvSource, parquetSource, tableQuery } from './tabular-query.ts'
import { verdictOf } from './verdict.ts'
import { type VerdictFiles, verdictFiles } from './verdict-files.ts'

/** CSV and Parquet: every record is of the one kind that the source object declares. */
export async function gateTable(local: Local, file: GateText): Promise<Gated> {
  const claim = file.claims[0] as Claim
  const relation = (what: string): string => `gate.${name(`${file.prefix}_${what}`)}`
  const rows = relation('rows')
  const table = file.format === 'csv' ? await csvTable(file, claim) : await parquetTable(local, file, claim)
  await local.run(`drop table if exists reject_errors; drop table if exists reject_scans;
    create or replace table ${rows} as ${tableQuery(table.source, table.columns, claim)}`)
  const found = await counts(local, {
    rows: `select count(*) from ${rows}`,
    doubted: `select count(*) from ${rows} where admitted is not true`,
    misfits: file.format === 'csv' ? 'select count(distinct line) from reject_errors' : 'select 0',
  })
  const verdicts = verdictFiles(file)
  if (found.misfits > 0) await writeMisfits(local, verdicts)
  if (found.doubted > 0) await judgeDoubted(local, { rows, claim, verdicts })
  await verdicts.close()
  const beside = columnsBeside(table.columns, claim).length > 0 || verdicts.accepted(0) !== undefined
  const stage = { contract: claim.contract, relation: relation('stage0'), inline: false, beside }
  const counted = await stageRows(local, { file, claim, relation, verdicts })
  const delivered = found.rows + found.misfits
  const stages = [{ ...stage, ...counted }]
  return { delivered, unclaimed: 0, roots: delivered, stages, rejects: relation('rejects') }
}

interface Staging {
  readonly file: GateText
  readonly claim: Claim
  readonly relation: (what: string) => string
  readonly verdicts: VerdictFiles
}

async function stageRows(
  local: Local,
  { file, claim: { contract }, relation, verdicts }: Staging,
): Promise<Pick<Stage, 'made' | 'staged'>> {
  const [rejects, view] = [relation('rejects'), relation('stage0')]
  const stage = {
    contract,
    view,
    admitted: `select ${unpackedAll('c', contract)}, rowid as _position, 0::bigint as _ordinal, extra as _extra
      from ${relation('rows')} where admitted`,
    accepted: relation('accepted0'),
    path: verdicts.accepted(0),
    offset: file.offset,
  }
  await local.run([rejectedTable(rejects, verdicts.rejected(), file), ...stageStatements(stage)].join(';\n'))
  const { staged, rejected } = await counts(local, {
    staged: `select count(*) from ${view}`,
    rejected: `select count(*) from ${rejects} where contract = ${quote(contract.name)}`,
  })
  return { staged, made: staged + rejected }
}

interface Table {
  readonly source: string
  readonly columns: readonly string[]
}

async function csvTable(file: GateText, claim: Claim): Promise<Table> {
  const header = file.dialect.header ?? (await readHeader(file))
  checkHeader(header, claim, file.path)
  return { source: csvSource(file, header), columns: header }
}

async function parquetTable(local: Local, file: GateText, claim: Claim): Promise<Table> {
  const described = await local.query(`describe select * from read_parquet(${pathSql(file.path)})`)
  const found = described.map(row => ({ name: String(row.column_name), type: String(row.column_type) }))
  return { source: parquetSource(file.path, found, claim), columns: found.map(column => column.name) }
}

async function readHeader({ path, text, dialect }: GateText): Promise<readonly string[]> {
  const line = await firstLine(textOf(text.path, { ...plain, compression: text.compression }))
  if (line.trim() !== '') return headerOf(line.replace(/\r?\n$/, ''), { ...dialect, where: path })
  throw new Fault({
    what:
      line === ''
        ? 'the file is empty: it has not even a header'
        : 'the first line is blank, where the header is declared',
    where: path,
    hint: 'Nothing was loaded; the interval stays open. Ask the sender to deliver it anew.',
    retry: 'later',
  })
}

async function firstLine(text: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of text) {
    const end = piece.indexOf(lineFeed)
    pieces.push(end < 0 ? piece : piece.subarray(0, end + 1))
    if (end >= 0) break
  }
  return Buffer.concat(pieces).toString('utf8')
}
const lineFeed = 10

/** Lines that are no rows: too many or too few fields, an open quote, bytes that are no UTF-8. */
async function writeMisfits(local: Local, verdicts: VerdictFiles): Promise<void> {
  await local.run(
    `create or replace table gate.misfits as
     select line, any_value(csv_line) as raw, string_agg(distinct error_type::varchar, ', ' order by error_type::varchar) as why
     from reject_errors group by line order by line`,
  )
  for await (const batch of local.read('gate.misfits', ['line', 'raw', 'why']))
    for (const { line, raw, why } of batch) {
      const breaches = [
        { column: '', code: 'malformed', allowed: 'a row with as many fields as the header', found: String(why) },
      ]
      await verdicts.write(
        { state: 'rejected', claim: 0, ordinal: 0, record: null, breaches },
        { position: Number(line), raw: String(raw ?? '') },
      )
    }
}

interface Doubted {
  readonly rows: string
  readonly claim: Claim
  readonly verdicts: VerdictFiles
}

async function judgeDoubted(local: Local, { rows, claim, verdicts }: Doubted): Promise<void> {
  await local.run(
    `create or replace table gate.doubted as select rowid as position, raw, extra from ${rows} where admitted is not true order by rowid`,
  )
  for await (const batch of local.read('gate.doubted', ['position', 'raw', 'extra']))
    for (const { position, raw, extra } of batch) {
      const found = JSON.parse(String(raw)) as Readonly<Record<string, string | null>>
      const cells = Object.fromEntries(
        Object.entries(claim.fields).map(([column, from]) => [column, cellOf(claim, column, found[from] ?? null)]),
      )
      const given = { cells, ordinal: 0, extra: extra === null ? undefined : (JSON.parse(String(extra)) as Json) }
      await verdicts.write(verdictOf({ index: 0, claim }, given), {
        position: Number(position),
        raw: String(raw),
      })
    }
}

/** A table holds a list as its JSON text. */
function cellOf(claim: Claim, column: string, text: string | null): Json {
  if (text === null || claim.contract.row[column]?.kind !== 'list') return text
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
