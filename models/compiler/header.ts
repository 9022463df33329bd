import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { risks } from '../../contracts/connection.ts'
import { Fault } from '../../contracts/fault.ts'
import { closest } from './closest.ts'

const columnName = /^[a-z_][a-z0-9_]*$/
const referenced = /^[a-z_]\w*\.[a-z_]\w*\.[a-z_]\w*$/

const test = z.union(
  [
    z.enum(['unique', 'not_null']),
    z.strictObject({ in: z.array(z.union([z.string(), z.int(), z.boolean()])).min(1) }),
    z.strictObject({ references: z.string().regex(referenced) }),
  ],
  { error: 'a test is unique, not_null, { in: [values] } or { references: schema.table.column }' },
)

const column = z.strictObject({
  doc: z.string().optional(),
  /** Tells of a person: no failure shows a value of it. */
  personal: z.boolean().default(false),
  tests: z.array(test).default([]),
})

const later = ['incremental', 'scd2']

/** What only a person knows of a model; types and dependencies are read from the SQL. */
const header = z.strictObject({
  kind: z.enum(['view', 'table'], {
    error: ({ input }) =>
      later.includes(String(input))
        ? `the kind ${input} is not built yet: use table, which is built anew each night`
        : 'a kind is view or table',
  }),
  doc: z.string().min(1),
  owner: z.string().min(1).optional(),
  tags: z.array(z.string().min(1)).default([]),
  /** Decides priority and alerts of its build, and of the builds that it waits for. */
  risk: z.enum(risks).default('analytical'),
  /** The columns that name a row: not null, and unique together. */
  key: z.array(z.string().regex(columnName)).min(1).optional(),
  columns: z
    .record(z.string().regex(columnName, 'a column is named in lower case letters, digits and _'), column)
    .default({}),
  /** SQL conditions that every row satisfies; a condition that is null is not satisfied. */
  audits: z.array(z.string().min(1)).default([]),
})

export type Header = z.infer<typeof header>
export type ColumnTest = z.infer<typeof test>

export interface Headed {
  readonly header: Header
  /** The file without its header, on the same lines. */
  readonly sql: string
  /** `line:column` of a value of the header, or of the key that it stands under. */
  readonly at: (path: readonly (string | number)[], of?: 'value' | 'key') => string
}

/** Reads the comment `/* @model` at the head of a file; a Fault names file, line and column of all that is wrong in it. */
export function readHeader(text: string, file: string): Headed {
  const found = /^\s*\/\*[ \t]*@model[ \t]*\r?\n/.exec(text)
  const end = text.indexOf('*/')
  if (found === null || end < 0)
    throw new Fault({
      what: 'the file does not begin with a comment /* @model',
      where: `${file}:1:1`,
      hint: 'Begin it with "/* @model", a line break, "kind: view" or "kind: table", "doc: …", and "*/".',
      retry: 'never',
    })
  const { document, at } = parseYaml(text.slice(0, end), found[0].length, file)
  const parsed = header.safeParse(document.toJS() ?? {})
  if (!parsed.success) throw headerFault(parsed.error, at, file)
  return { header: parsed.data, sql: blank(text.slice(0, end + 2)) + text.slice(end + 2), at }
}

const blank = (text: string): string => text.replaceAll(/[^\r\n]/g, '')

interface Yaml {
  readonly document: Document
  readonly at: Headed['at']
}

/** The comment's opening becomes empty lines, so that every position is one of the file. */
function parseYaml(text: string, opening: number, file: string): Yaml {
  const lines = new LineCounter()
  const document = parseDocument(blank(text.slice(0, opening)) + text.slice(opening), { lineCounter: lines })
  const spot = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined)
    throw new Fault({
      what: `the header is not YAML: ${error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? ''}`,
      where: `${file}:${spot(error.pos[0])}`,
      hint: 'Correct the header.',
      retry: 'never',
    })
  const at: Headed['at'] = (path, of = 'value') => {
    const key = of === 'key' ? keyAt(document, path) : undefined
    if (key !== undefined) return spot(key)
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)
      if (isNode(node) && node.range) return spot(node.range[0])
    }
    return '1:1'
  }
  return { document, at }
}

function keyAt(document: Document, path: readonly (string | number)[]): number | undefined {
  const above = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(above)) return undefined
  const pair = above.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}

/** The words that may stand where an unknown one stands. */
function allowedAt(path: readonly (string | number)[]): readonly string[] {
  return path[0] === 'columns' ? Object.keys(column.shape) : Object.keys(header.shape)
}

function meantBy(keys: readonly string[], path: readonly (string | number)[]): string {
  const allowed = allowedAt(path)
  const near = keys.map(key => closest(key, allowed)).find(word => word !== undefined)
  return near === undefined ? ` (allowed: ${allowed.join(', ')})` : `; did you mean ${near}?`
}

function headerFault(error: z.ZodError, at: Headed['at'], file: string): Fault {
  const found = error.issues.map(issue => {
    const path = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part))
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : []
    return {
      at: at([...path, ...keys.slice(0, 1)], keys.length === 0 ? 'value' : 'key'),
      words: `${path.join('.') || 'the header'}: ${issue.message}${keys.length === 0 ? '' : meantBy(keys, path)}`,
    }
  })
  return new Fault({
    what: found.map(({ at, words }, index) => (index === 0 ? words : `${at} ${words}`)).join('; '),
    where: `${file}:${found[0]?.at ?? '1:1'}`,
    hint: 'A header has kind, doc, owner, tags, risk, key, columns and audits; a text with a comma or a colon stands in double quotes.',
    retry: 'never',
  })
}
