import { type CsvError, parse } from 'csv-parse/sync'
import { name, quote } from '../../contracts/admission.ts'
import type { Model } from '../model.ts'
import type { Local } from '../warehouse/warehouse.ts'
import { closest } from './closest.ts'
import type { Header } from './header.ts'
import type { Mistake } from './mistake.ts'

/** Beyond this a list is data, and comes in through a source. */
const mostRows = 10_000

export type Seeded = { readonly sql: string } | { readonly mistakes: readonly Mistake[] }

/** The CSV beside a seed as a query of its rows: text, but where the header gives a column a type; an empty cell is null. */
export function seedQuery(csv: string, header: Header, file: string): Seeded {
  const read = rowsOf(csv, file)
  if ('mistakes' in read) return read
  const [columns = [], ...rows] = read.rows
  const mistakes = [
    ...columnMistakes(columns, header, file),
    ...(rows.length > mostRows ? [tooLong(rows.length, file)] : []),
  ]
  if (mistakes.length > 0) return { mistakes }
  const typed = columns.map(
    column => `cast(${name(column)} as ${header.columns[column]?.type ?? 'VARCHAR'}) as ${name(column)}`,
  )
  const names = columns.map(name).join(', ')
  const values = rows.length === 0 ? [columns.map(() => '')] : rows
  const cells = values.map(row => `(${row.map(cell => (cell === '' ? 'null' : quote(cell))).join(', ')})`)
  const none = rows.length === 0 ? ' where false' : ''
  return { sql: `select ${typed.join(', ')} from (values ${cells.join(', ')}) as seed (${names})${none}` }
}

function rowsOf(
  csv: string,
  file: string,
): { readonly rows: readonly (readonly string[])[] } | { readonly mistakes: readonly Mistake[] } {
  try {
    return { rows: parse(csv, { bom: true, skip_empty_lines: true }) as string[][] }
  } catch (error) {
    const { message, lines } = error as CsvError & { readonly lines?: number }
    const what = `the CSV cannot be read: ${message}`
    return {
      mistakes: [
        {
          file,
          line: lines ?? 1,
          column: 1,
          what,
          hint: 'Give every line as many cells as the first; quote a cell that holds a comma.',
        },
      ],
    }
  }
}

function columnMistakes(columns: readonly string[], header: Header, file: string): readonly Mistake[] {
  const mistake = (what: string, hint: string): Mistake => ({ file, line: 1, column: 1, what, hint })
  const twice = columns.filter((column, index) => columns.indexOf(column) !== index)
  const strange = columns.filter(column => !/^[a-z_][a-z0-9_]*$/.test(column))
  return [
    ...(columns.length === 0 ? [mistake('the CSV is empty', 'Its first line names the columns.')] : []),
    ...Object.keys(header.columns)
      .filter(column => columns.length > 0 && !columns.includes(column))
      .map(column =>
        mistake(`the header speaks of a column ${column}, and the CSV has none`, `It has ${columns.join(', ')}.`),
      ),
    ...twice.map(column => mistake(`the column ${column} stands twice`, 'Name every column once.')),
    ...strange.map(column =>
      mistake(`"${column}" is no name of a column`, `Write lower case letters, digits and _${meant(column, header)}.`),
    ),
  ]
}

function meant(column: string, header: Header): string {
  const near = closest(column, Object.keys(header.columns))
  return near === undefined ? '' : `, such as ${near}`
}

const tooLong = (rows: number, file: string): Mistake => ({
  file,
  line: mostRows + 2,
  column: 1,
  what: `a seed holds at most ${mostRows} rows, and this has ${rows}`,
  hint: 'A longer list comes in through a source.',
})

/** Of a seed's query, where a cell is not of the type that its column has; its first row stands on the second line of the CSV. */
export async function seedMistakes(local: Local, { sql, file, header }: Model): Promise<readonly Mistake[]> {
  const rows = sql.slice(sql.indexOf(' from (values '))
  const mistakes: Mistake[] = []
  for (const [column, { type }] of Object.entries(header.columns)) {
    if (type === undefined) continue
    const numbered = `select row_number() over () as n, ${name(column)} as cell${rows}`
    const [wrong] = await local.query(
      `select n, cell from (${numbered}) where cell is not null and try_cast(cell as ${type}) is null order by n limit 1`,
    )
    if (wrong === undefined) continue
    const what = `${column} is of the type ${type}, and "${wrong.cell}" is none`
    mistakes.push({
      file: file.replace(/\.sql$/, '.csv'),
      line: Number(wrong.n) + 1,
      column: 1,
      what,
      hint: 'Correct the cell, or the type in the header.',
    })
  }
  return mistakes
}
