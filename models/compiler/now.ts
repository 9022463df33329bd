import { quote } from '../../contracts/admission.ts'
import { Fault } from '../../contracts/fault.ts'

/** The query as of an instant: `$now` becomes that instant, on the same line. */
export const asOf = (sql: string, now: string): string =>
  sql.replaceAll(token, (text, name: string | undefined) => (name === 'now' ? `timestamptz ${quote(now)}` : text))

/** A Fault for a parameter that nobody would fill. */
export function checkParameters(sql: string, file: string): void {
  for (const found of sql.matchAll(token)) {
    const [, name] = found
    if (name === undefined || name === 'now') continue
    const before = sql.slice(0, found.index).split('\n')
    throw new Fault({
      what: `nothing is known of $${name}`,
      where: `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
      hint: 'A model knows $now: the end of the night that it is built for.',
      retry: 'never',
    })
  }
}

/** What may hold a dollar sign and is no parameter (texts, quoted names, comments), or a parameter with its name. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w+)/g
