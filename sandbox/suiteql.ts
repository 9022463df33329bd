export type NetsuiteRow = Readonly<Record<string, string | number | Date | null>> & { readonly id: number }

export interface NetsuiteTables {
  readonly transaction: NetsuiteRow[]
  readonly item: NetsuiteRow[]
}

export interface Result {
  readonly rows: readonly NetsuiteRow[]
  /** A row as it is given: every value as text, and nothing where there is none. */
  readonly show: (row: NetsuiteRow) => Readonly<Record<string, unknown>>
}

const currencies: readonly NetsuiteRow[] = [
  { id: 1, symbol: 'EUR' },
  { id: 2, symbol: 'USD' },
]

const columns: Readonly<Record<string, readonly string[]>> = {
  t: 'id type tranid trandate lastmodifieddate entity otherrefnum currency foreigntotal foreignamountunpaid status voided'.split(
    ' ',
  ),
  i: 'id itemid displayname itemtype upccode isinactive lastmodifieddate'.split(' '),
  c: ['id', 'symbol'],
}

/** As much of SuiteQL as an extract speaks: one table in the order of its ids, conditions joined by AND. A refusal is its reason. */
export function runSuiteql(tables: NetsuiteTables, q: string): Result | string {
  const parts = /^SELECT (.+) FROM (.+) WHERE (.+) ORDER BY ([tic])\.id$/.exec(q)
  if (parts === null) return `Search error occurred: unsupported query near "${q.slice(0, 40)}"`
  const [, select = '', from = '', where = '', alias = ''] = parts
  const source = {
    'transaction t JOIN currency c ON c.id = t.currency': tables.transaction,
    'item i': tables.item,
    'currency c': currencies,
  }[from]
  if (source === undefined) return `Search error occurred: Record '${from}' was not found.`
  const unknown = [...`${select} ${where}`.matchAll(/\b([tic])\.([a-z]+)/g)].find(
    ([, table = '', column = '']) => columns[table]?.includes(column) !== true,
  )
  if (unknown !== undefined) return `Search error occurred: Unknown identifier '${unknown[0]}'`
  const tests = where.split(' AND ').map(testOf)
  const selected = select.split(/, (?=[a-z]\.|TO_CHAR)/).map(shownOf)
  const rows = source.filter(row => tests.every(test => test(row))).sort((a, b) => a.id - b.id)
  const show = (row: NetsuiteRow) => {
    const cells = selected.map(
      ([name, read]) => [name, read(alias === 'c' ? row : { ...row, symbol: symbolOf(row) })] as const,
    )
    return { links: [], ...Object.fromEntries(cells.filter(([, value]) => value !== null)) }
  }
  return { rows, show }
}

const symbolOf = (row: NetsuiteRow): string | null =>
  (currencies.find(({ id }) => id === row.currency)?.symbol as string | undefined) ?? null

type Test = (row: NetsuiteRow) => boolean

function testOf(condition: string): Test {
  const [, column = '', sign = '', value = ''] = /^[tic]\.([a-z]+) (>=|<=|=|<|>) (.+)$/.exec(condition) ?? []
  const wanted = wantedOf(value)
  return row => {
    const found = row[column] instanceof Date ? Number(row[column]) : (row[column] as string | number)
    if (sign === '=') return found === wanted
    return sign === '>='
      ? found >= wanted
      : sign === '<='
        ? found <= wanted
        : sign === '<'
          ? found < wanted
          : found > wanted
  }
}

function wantedOf(text: string): string | number {
  const date = /^TO_DATE\('(.+) (.+)', 'YYYY-MM-DD HH24:MI:SS'\)$/.exec(text)
  if (date !== null) return Date.parse(`${date[1]}T${date[2]}Z`)
  return text.startsWith("'") ? text.slice(1, -1) : Number(text)
}

type Shown = readonly [name: string, read: (row: NetsuiteRow) => string | null]

function shownOf(term: string): Shown {
  const plain = /^[tic]\.([a-z]+)(?: AS ([a-z_]+))?$/.exec(term)
  if (plain !== null) return [plain[2] ?? plain[1] ?? '', row => textOf(row[plain[1] ?? ''])]
  const [, column = '', format = '', name = ''] = /^TO_CHAR\([tic]\.([a-z]+), '(.+)'\) AS ([a-z_]+)$/.exec(term) ?? []
  return [name, row => formatted(row[column], format)]
}

const textOf = (value: NetsuiteRow[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value)

function formatted(value: NetsuiteRow[string] | undefined, format: string): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return value.toFixed(4)
  const iso = new Date(value).toISOString()
  return format === 'YYYY-MM-DD' ? iso.slice(0, 10) : iso.slice(0, 19)
}
