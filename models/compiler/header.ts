import { z } from 'zod'
import { risks } from '../../contracts/connection.ts'
import type { Mistake } from './mistake.ts'
import { type Path, type PlacedYaml, placedYaml, shapeMistakes } from './placed-yaml.ts'

const columnName = z.string().regex(/^[a-z_][a-z0-9_]*$/, 'a column is named in lower case letters, digits and _')
const referenced = /^[a-z_]\w*\.[a-z_]\w*\.[a-z_]\w*$/
const span = z.string().regex(/^\d+[mhd]$/, 'a span of time is written 90m, 26h or 3d')
const words = z.array(columnName).min(1)
const severity = { severity: z.enum(['block', 'warn'], { error: 'a severity is block or warn' }).default('block') }
const scalar = z.union([z.string(), z.number(), z.boolean()])

const oneColumn = 'references wants one column: { references: schema.table.column }, without brackets'

const testForms = {
  test: z.enum(['unique', 'not_null'], { error: 'test is unique or not_null' }),
  in: z.array(scalar, { error: 'in wants a list: { in: [a, b] }' }).min(1),
  range: z.tuple([z.number().nullable(), z.number().nullable()], {
    error: 'range wants two ends: { range: [0, 1000] }; null leaves an end open',
  }),
  matches: z.string({ error: 'matches wants a pattern for the whole value: { matches: "[A-Z]{3}" }' }),
  references: z.string({ error: oneColumn }).regex(referenced, oneColumn),
  fresh: span,
}

const testWords =
  'unique, not_null, { in: [a, b] }, { range: [0, 10] }, { matches: "[A-Z]+" }, { references: schema.table.column } or { fresh: 26h }'

const test = z
  .union([
    z.string().transform(word => ({ test: word })),
    z.record(z.string(), z.unknown(), { error: `a test is ${testWords}` }),
  ])
  .transform((given, context) => readTest(given, context))

type Form = { readonly [Name in keyof typeof testForms]: Readonly<Record<Name, z.output<(typeof testForms)[Name]>>> }
export type ColumnTest = Form[keyof Form] & { readonly severity: 'block' | 'warn' }

/** One form, with its severity; a union of all would tell of none what is wrong. */
function readTest(given: object, context: z.RefinementCtx): ColumnTest {
  const named = Object.keys(given).filter(key => key !== 'severity')
  const [form] = named
  const shape = form !== undefined && form in testForms ? testForms[form as keyof typeof testForms] : undefined
  const parsed =
    form === undefined || shape === undefined || named.length > 1
      ? undefined
      : z.strictObject({ [form]: shape, ...severity }).safeParse(given)
  if (parsed?.success === true) return parsed.data as unknown as ColumnTest
  const word = 'test' in given ? String(given.test) : named.join(', ')
  const issue = shape === undefined || 'test' in given ? undefined : parsed?.error?.issues[0]?.message
  context.addIssue({
    code: 'custom',
    message: issue ?? `"${word}" is no test: a test is ${testWords}`,
    params: { value: true },
  })
  return z.NEVER
}

const column = z.strictObject({
  doc: z.string().optional(),
  /** Tells of a person: no failure shows a value of it. */
  personal: z.boolean().default(false),
  /** Of a seed or of what others build: nobody else knows it. */
  type: z.string().min(1).optional(),
  tests: z.array(test).default([]),
})

const audit = z.union(
  [
    z
      .string()
      .min(1)
      .transform(sql => ({ sql, severity: 'block' as const })),
    z.strictObject({ sql: z.string().min(1), ...severity }),
  ],
  {
    error:
      'an audit is a condition, the name of a file *.audit.sql beside the model, or { sql: condition, severity: warn }',
  },
)

export const kinds = ['view', 'table', 'incremental', 'scd2', 'seed', 'external'] as const
export type Kind = (typeof kinds)[number]

/** What only a person knows of a model; types and dependencies are read from the SQL. */
const shape = z.strictObject({
  kind: z.enum(kinds, { error: `a kind is ${kinds.join(', ')}` }),
  doc: z.string({ error: 'every model says what one row of it is' }).min(1),
  owner: z.string().min(1).optional(),
  tags: z.array(z.string().min(1)).default([]),
  /** Decides priority and alerts of its build, and of the builds that it waits for. */
  risk: z.enum(risks, { error: `a risk is ${risks.join(', ')}` }).default('analytical'),
  /** The columns that name a row: not null, and unique together. */
  key: words.optional(),
  columns: z.record(columnName, column).default({}),
  /** SQL conditions that every row satisfies; a condition that is null is not satisfied. */
  audits: z.array(audit).default([]),
  /** How new rows come to those that stand. */
  strategy: z
    .enum(['append', 'merge', 'delete+insert', 'overwrite'], {
      error: 'a strategy is append, merge, delete+insert or overwrite',
    })
    .optional(),
  /** The column by which a row belongs to an interval, or by which a version is newer. */
  time: columnName.optional(),
  /** How much of what was built is built once more, for what came late. */
  lookback: span.optional(),
  /** `$start` is moved back to the beginning of its hour, day or month in UTC. */
  grain: z.enum(['hour', 'day', 'month'], { error: 'a grain is hour, day or month' }).optional(),
  partition: words.optional(),
  /** Where the first interval begins; by default with the first connection. */
  since: z.iso.date('since is a day such as 2026-01-01').optional(),
  schema_change: z
    .enum(['ignore', 'fail', 'extend', 'sync'], { error: 'schema_change is ignore, fail, extend or sync' })
    .optional(),
  /** Whether another query builds all anew, or only what comes. */
  logic_change: z.enum(['rebuild', 'forward'], { error: 'logic_change is rebuild or forward' }).optional(),
  /** The columns whose change makes a new version; without it the column `time` does. */
  compare: words.optional(),
  /** What becomes of a row that the query gives no more. */
  gone: z.enum(['close', 'keep'], { error: 'gone is close or keep' }).optional(),
  /** Where the tool that builds it tells of its runs: dbt's `run_results.json`. */
  run_results: z.string().min(1).optional(),
})

type Word = keyof z.output<typeof shape>

/** The words that belong to a kind beside those that all have. */
const wordsOf: Readonly<Record<Kind, { readonly needs: readonly Word[]; readonly may: readonly Word[] }>> = {
  view: { needs: [], may: [] },
  table: { needs: [], may: [] },
  incremental: {
    needs: ['strategy', 'time'],
    may: ['lookback', 'grain', 'partition', 'since', 'schema_change', 'logic_change'],
  },
  scd2: { needs: ['key'], may: ['time', 'compare', 'gone', 'schema_change'] },
  seed: { needs: [], may: [] },
  external: { needs: ['columns'], may: ['run_results'] },
}
const special = new Set(Object.values(wordsOf).flatMap(({ needs, may }) => [...needs, ...may]))

const header = shape.superRefine((given, context) => {
  for (const [word, message] of misfits(given)) context.addIssue({ code: 'custom', path: [word], message })
})

export type Header = z.output<typeof header>

function misfits(given: z.output<typeof shape>): readonly (readonly [word: Word, message: string])[] {
  const { kind, strategy, lookback, key, partition, time, compare } = given
  const { needs, may } = wordsOf[kind]
  const said = (Object.keys(given) as Word[]).filter(word => given[word] !== undefined)
  const strange = said.filter(word => special.has(word) && ![...needs, ...may, 'key', 'columns'].includes(word))
  const rules: readonly (readonly [boolean, Word, string])[] = [
    ...strange.map(word => [true, word, `${word} is not for the kind ${kind}`] as const),
    ...needs.map(word => [isUnsaid(given[word]), word, `the kind ${kind} needs ${word}`] as const),
    [strategy === 'append' && lookback !== undefined, 'lookback', 'append would add the rows of a lookback once more'],
    [strategy === 'append' && given.grain !== undefined, 'grain', 'append would add the rows of a grain once more'],
    [strategy === 'merge' && key === undefined, 'strategy', 'merge needs key: it finds the row that stands'],
    [
      strategy === 'overwrite' && partition === undefined,
      'strategy',
      'overwrite needs partition: the columns that name what is replaced',
    ],
    [strategy !== 'overwrite' && partition !== undefined, 'partition', 'partition is for the strategy overwrite'],
    [
      kind === 'scd2' && (time === undefined) === (compare === undefined),
      'kind',
      'scd2 needs time or compare, and not both: what makes a new version',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, word, message]) => [word, message])
}

const isUnsaid = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

export interface Headed {
  readonly header: Header
  /** The file without its header, on the same lines. */
  readonly sql: string
  /** `line:column` of a value of the header, or of the key that it stands under. */
  readonly at: PlacedYaml['at']
}

/** A file whose header could not be read: what is wrong with it, and its query all the same, where it is known where that begins. */
export interface Misheaded {
  readonly mistakes: readonly Mistake[]
  readonly sql: string | undefined
}

/** Reads the comment `/* @model` at the head of a file, or says all that is wrong in it. */
export function readHeader(text: string, file: string): Headed | Misheaded {
  const found = /^\s*\/\*[ \t]*@model[ \t]*\r?\n/.exec(text)
  const end = text.indexOf('*/')
  if (found === null || end < 0) return { mistakes: [noHeader(text, file)], sql: undefined }
  const sql = blank(text.slice(0, end + 2)) + text.slice(end + 2)
  const yaml = placedYaml(blank(text.slice(0, found[0].length)) + text.slice(found[0].length, end), file)
  if (!('document' in yaml)) return { mistakes: [yaml], sql }
  const parsed = header.safeParse(yaml.document.toJS() ?? {})
  return parsed.success
    ? { header: parsed.data, sql, at: yaml.at }
    : { mistakes: shapeMistakes(parsed.error, yaml.at, { file, whole: 'the header', hint, allowed: allowedAt }), sql }
}

const hint =
  'docs/models.md says what each word takes; a text that holds a comma, a colon or a bracket stands in double quotes.'

const noHeader = (text: string, file: string): Mistake => ({
  file,
  line: 1,
  column: 1,
  what: text.includes('@model')
    ? 'the header does not begin the file, or never ends'
    : 'the file does not begin with a comment /* @model',
  hint: 'Begin it with "/* @model", a line break, "kind: view" or "kind: table", "doc: …", and "*/"; `boomerang model new <schema.name>` writes one.',
})

/** Where the values of a header that is right stand in its file. */
export function placesOf(text: string, file: string): PlacedYaml['at'] {
  const read = readHeader(text, file)
  return 'at' in read ? read.at : () => '1:1'
}

const blank = (text: string): string => text.replaceAll(/[^\r\n]/g, '')

/** The words that may stand where an unknown one stands. */
const allowedAt = (path: Path): readonly string[] =>
  Object.keys(path[0] === 'columns' ? column.shape : path[0] === 'audits' ? { sql: '', severity: '' } : shape.shape)

/** What an editor needs in order to check a header while it is written. */
export const headerSchema = (): object => z.toJSONSchema(header, { io: 'input', unrepresentable: 'any' })
