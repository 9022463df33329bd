import { z } from 'zod'
import type { Column, Kinds } from './columns.ts'
import type { Json } from './context.ts'
import type { Breach, Contract } from './contract.ts'
import { canonical } from './decimal.ts'
import type { Form } from './forms.ts'

/** A record in the contract's own kinds: decimals canonical, instants with six digits. */
export type Judged = Readonly<Record<string, Kinds[keyof Kinds] | null>>

export type Cells = Readonly<Record<string, Json | undefined>>
/** Column to how its value is written; a column that is not named is written as the contract wants it. */
export type Forms = Readonly<Record<string, Form>>

export type Judgement =
  | { readonly ok: true; readonly row: Judged }
  | { readonly ok: false; readonly breaches: readonly Breach[] }

/**
 * The last word on one record, given column by column: its row, or every breach of it.
 * Rules run over the columns that parsed, so that a broken column does not hide a broken rule.
 */
export function judge(contract: Contract, cells: Cells, forms: Forms = {}): Judgement {
  const row: Record<string, Kinds[keyof Kinds] | null> = {}
  const breaches: Breach[] = []
  for (const [name, column] of Object.entries(contract.row)) {
    const form = forms[name]
    const given = formed(cells[name], form)
    const parsed = schemaOf(column).safeParse(given ?? null)
    if (cells[name] !== undefined && given === undefined)
      breaches.push(misformed(name, column, { form, found: cells[name] }))
    else if (parsed.success) row[name] = parsed.data
    else breaches.push(breachOf(name, column, cells[name]))
  }
  for (const rule of contract.rules)
    if (!rule.holds(row)) breaches.push({ column: rule.columns.join(', '), code: rule.code, allowed: rule.sentence })
  return breaches.length === 0 ? { ok: true, row } : { ok: false, breaches }
}

/** The value in the contract's own text; undefined where it is absent or not of its form. */
export function formed(value: Json | undefined, form: Form | undefined): Json | undefined {
  if (form === undefined || value === null || value === undefined) return value
  const isText = typeof value === 'string' && form.json.includes('VARCHAR')
  const isNumber = typeof value === 'number' && form.json.includes(Number.isInteger(value) ? 'UBIGINT' : 'DOUBLE')
  return isText || isNumber ? form.read(String(value)) : undefined
}

type Cell = z.ZodType<Kinds[keyof Kinds] | null>
const schemas = new WeakMap<Column, Cell>()

/** The zod schema of one column; null stands for null and for absent alike. */
function schemaOf(column: Column): Cell {
  const known = schemas.get(column)
  if (known !== undefined) return known
  const inner: Cell = byKind[column.kind](column)
  const schema: Cell = column.nullable ? inner.nullable() : inner
  schemas.set(column, schema)
  return schema
}

const byKind: Readonly<Record<keyof Kinds, (column: Column) => Cell>> = {
  text: column => patterned(column),
  instant: column => patterned(column).refine(isDate).transform(sixDigits),
  decimal: column => patterned(column).transform(canonical),
  integer: column =>
    z
      .union([z.number().int().transform(wholeText), z.string()])
      .pipe(patterned(column))
      .transform(toWhole),
  flag: () => z.union([z.boolean(), z.enum(['true', 'false']).transform(text => text === 'true')]),
  list: () => z.array(z.string()),
}

function patterned(column: Column): z.ZodType<string, string> {
  if (column.values !== undefined) return z.string().refine(value => column.values?.includes(value) ?? false)
  return column.pattern === undefined ? z.string() : z.string().regex(new RegExp(`^(?:${column.pattern})$`, 'u'))
}

/** A number that prints with an exponent or a point is not whole text, and the pattern refuses it. */
const wholeText = (value: number): string => String(value)
const toWhole = (text: string): number => Number(text) + 0

/** The pattern has checked the digits; this refuses the days that no month has. */
function isDate(text: string): boolean {
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))]
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

const sixDigits = (text: string): string => `${text.slice(0, 19)}.${text.slice(20, -1).padEnd(6, '0')}Z`

const misformed = (
  name: string,
  { personal }: Column,
  { form, found }: { readonly form: Form | undefined; readonly found: Json | undefined },
): Breach => ({
  column: name,
  code: 'form',
  allowed: form?.words ?? '',
  ...(personal ? {} : { found: JSON.stringify(found).slice(0, 80) }),
})

function breachOf(name: string, column: Column, found: Json | undefined): Breach {
  const code =
    found === undefined || found === null ? 'missing' : typeOf(column).includes(kindOf(found)) ? 'form' : 'type'
  const shown = column.personal || found === undefined ? {} : { found: JSON.stringify(found).slice(0, 80) }
  return {
    column: name,
    code,
    allowed: code === 'type' ? `${column.form}, as ${typeOf(column).join(' or ')}` : column.form,
    ...shown,
  }
}

const kindOf = (value: Json): string => (Array.isArray(value) ? 'array' : typeof value)
const typeOf = (column: Column): readonly string[] =>
  ({
    text: ['string'],
    instant: ['string'],
    decimal: ['string'],
    integer: ['number', 'string'],
    flag: ['boolean', 'string'],
    list: ['array'],
  })[column.kind]
