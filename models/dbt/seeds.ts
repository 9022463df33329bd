import { parse } from 'csv-parse/sync'
import { columnOf, type Import, leftInFile, type Part } from './import.ts'
import { type DbtNode, pathOf } from './manifest.ts'

export interface Seed extends Part {
  /** The rows as they are copied. */
  readonly csv: string
  readonly types: ReadonlyMap<string, string>
}

/** The rows of a seed, and the types that dbt gave its columns: those that it was told, or those that all cells are of. */
export function seedOf(imported: Import, node: DbtNode): Seed | undefined {
  const text = imported.files.get(pathOf(imported.manifest, node.package_name, node.original_file_path))
  const delimiter = node.config.delimiter ?? ','
  const rows = text === undefined ? undefined : rowsOf(text, delimiter)
  if (text === undefined || rows === undefined) return undefined
  const [names = [], ...cells] = rows
  const columns = names.map(each => columnOf(each) ?? each)
  const isAsItStands = delimiter === ',' && columns.every((column, index) => column === names[index])
  const told = new Map(
    [
      ...Object.values(node.columns).map(({ name, data_type }) => [name, data_type] as const),
      ...Object.entries(node.config.column_types ?? {}),
    ].flatMap(([name, type]) => (type == null ? [] : [[name.toLowerCase(), type] as const])),
  )
  const types = columns.map(
    (column, at) => [column, told.get(column) ?? typeOf(cells.map(row => row[at] ?? ''))] as const,
  )
  const isNulled = cells.some(row => row.some(cell => cell.toLowerCase() === 'null'))
  const said = ['dbt took the text null for no value', 'Empty those cells: only an empty cell is null here.'] as const
  return {
    words: { kind: 'seed' },
    csv: isAsItStands ? text : [columns, ...cells].map(row => `${row.map(cellOf).join(',')}\n`).join(''),
    types: new Map(
      types.flatMap(([column, type]) =>
        type === undefined || columnOf(column) === undefined ? [] : [[column, type] as const],
      ),
    ),
    left: isNulled ? [leftInFile(imported, node, said, /\bnull\b/i)] : [],
  }
}

function rowsOf(text: string, delimiter: string): readonly (readonly string[])[] | undefined {
  try {
    return parse(text, { bom: true, delimiter, skip_empty_lines: true }) as string[][]
  } catch {
    return undefined
  }
}

const cellOf = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** As dbt infers them; an amount is a decimal here. */
const guesses: readonly (readonly [type: string, cell: RegExp])[] = [
  ['BOOLEAN', /^(true|false)$/i],
  ['BIGINT', /^-?\d{1,18}$/],
  ['DECIMAL(38,9)', /^-?\d{1,29}(\.\d{1,9})?$/],
  ['DOUBLE', /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i],
  ['DATE', /^\d{4}-\d{2}-\d{2}$/],
  ['TIMESTAMP', /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/],
]

/** Undefined is text. */
function typeOf(cells: readonly string[]): string | undefined {
  const filled = cells.filter(cell => cell !== '' && cell.toLowerCase() !== 'null')
  return filled.length === 0 ? undefined : guesses.find(([, cell]) => filled.every(each => cell.test(each)))?.[0]
}
