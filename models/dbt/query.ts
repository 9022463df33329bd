import { namedRelations } from '../compiler/sql.ts'
import type { DbtNode } from './manifest.ts'
import type { Names } from './names.ts'

const part = '(?:"(?:[^"]|"")*"|`[^`]*`|[A-Za-z_]\\w*)'
const token = new RegExp(`'(?:[^']|'')*'|--[^\\n]*|/\\*[\\s\\S]*?\\*/|${part}(?:\\s*\\.\\s*${part})*`, 'g')

/** A compiled query with the relations of this project in the place of dbt's; texts and comments stay as they are. */
export function renamed(sql: string, names: Names): string {
  return sql.replaceAll(token, text => {
    if (/^['-]|^\/\*/.test(text)) return text
    const parts = partsOf(text)
    for (const count of [3, 2]) {
      const to = parts.length < count ? undefined : names.written(parts.slice(0, count).map(({ word }) => word))
      if (to !== undefined) return to + text.slice(parts[count - 1]?.end)
    }
    return text
  })
}

interface Part {
  readonly word: string
  /** Where it ends in the text. */
  readonly end: number
}

/** A backtick may hold the whole name: `project.dataset.orders`. */
const partsOf = (text: string): readonly Part[] =>
  [...text.matchAll(new RegExp(part, 'g'))].flatMap(({ 0: written, index }) => {
    const end = index + written.length
    if (written.startsWith('`'))
      return written
        .slice(1, -1)
        .split('.')
        .map(word => ({ word, end }))
    return [{ word: written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written, end }]
  })

/** Gives the ephemeral models that dbt copied into a query back their names. */
export function withoutCopies(sql: string, { extra_ctes }: DbtNode, names: Names): string {
  let query = sql
  for (const { id, sql: copy } of extra_ctes.toReversed()) {
    const relation = names.of(id)
    const [name] = /__dbt__cte__\w+/.exec(copy ?? '') ?? []
    const text = copy?.trim()
    if (relation === undefined || name === undefined || text === undefined || !query.includes(text)) continue
    query = withoutCte(query, text).replaceAll(new RegExp(`"?\\b${name}\\b"?`, 'g'), relation)
  }
  return query
}

/** Takes the text of a common table expression out, with its comma, or with the `with` that held it alone. */
function withoutCte(query: string, text: string): string {
  const at = query.indexOf(text)
  const [before, after] = [query.slice(0, at), query.slice(at + text.length)]
  if (/^\s*,/.test(after)) return `${before.trimEnd()} ${after.replace(/^\s*,\s*/, '')}`
  if (/,\s*$/.test(before)) return before.replace(/,\s*$/, '') + after
  return before.replace(/with\s+(recursive\s+)?$/i, '') + after.replace(/^\s+/, '')
}

/** The relations of a query that are none of this project's, each with its line. */
export const unnamedIn = (
  sql: string,
  known: ReadonlySet<string>,
): readonly { readonly written: string; readonly line: number }[] =>
  namedRelations(sql).flatMap(({ parts, line }) => {
    const written = parts.join('.')
    return known.has(written) ? [] : [{ written, line }]
  })
