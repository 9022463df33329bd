import { Fault } from '../../contracts/fault.ts'
import type { Dialect } from '../sources/dialect.ts'

type HeaderTerms = Pick<Dialect, 'delimiter' | 'quote'> & { readonly where: string }

/**
 * The names in a header line: blanks around a name are no part of it, nor is a byte-order mark before the first; a delimiter or a
 * doubled quote inside quotes is.
 */
export function headerOf(line: string, { delimiter, quote, where }: HeaderTerms): readonly string[] {
  const names: string[] = []
  let at = 0
  while (at <= line.length) {
    const field = fieldAt(line, { from: at, delimiter, quote })
    if (field === undefined) throw unreadable(where)
    names.push(field.name)
    at = field.end + 1
  }
  return names
}

interface Reading extends Pick<Dialect, 'delimiter' | 'quote'> {
  readonly from: number
}

/** One field, and where the delimiter behind it stands; undefined where a quote is not closed, or something stands behind it. */
function fieldAt(
  line: string,
  { from, delimiter, quote }: Reading,
): { readonly name: string; readonly end: number } | undefined {
  const open = quote === null ? -1 : from + (line.slice(from).length - line.slice(from).trimStart().length)
  if (quote === null || line[open] !== quote) {
    const next = line.indexOf(delimiter, from)
    const end = next < 0 ? line.length : next
    return { name: line.slice(from, end).trim(), end }
  }
  let close = line.indexOf(quote, open + 1)
  while (close >= 0 && line[close + 1] === quote) close = line.indexOf(quote, close + 2)
  if (close < 0) return undefined
  const next = line.indexOf(delimiter, close)
  const end = next < 0 ? line.length : next
  if (line.slice(close + 1, end).trim() !== '') return undefined
  return { name: line.slice(open + 1, close).replaceAll(quote + quote, quote), end }
}

const unreadable = (where: string): Fault =>
  new Fault({
    what: 'the header has a quote that is not closed in its line, or something behind a closed one',
    where,
    hint: 'Nothing of the file was loaded. Ask the sender for a header of one line, or declare the columns.',
    retry: 'never',
  })
