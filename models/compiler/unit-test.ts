import { type Document, LineCounter, parseDocument, visit } from 'yaml'
import { z } from 'zod'
import { Fault } from '../../contracts/fault.ts'

/** Text, so that no amount passes through a double; null where there is none. */
const cell = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform(value => (value === null ? null : String(value)))
const row = z.record(z.string(), cell)

const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/, 'a UTC instant such as 2026-06-30T02:00:00Z')

const unitTest = z.strictObject({
  name: z.string().min(1),
  /** What `$now` is: the test's clock stands still. */
  now: instant.optional(),
  /** The interval of an incremental model. */
  start: instant.optional(),
  end: instant.optional(),
  /** Rows by relation; one that is not named is empty. */
  given: z.record(z.string(), z.array(row)).default({}),
  /** All rows, in any order, in the columns that matter. */
  expect: z.array(row),
})

/** Rows that a model is given, and those that it must make of them. */
export type UnitTest = Readonly<z.output<typeof unitTest>> & {
  readonly file: string
  /** On which line it begins. */
  readonly line: number
}

export type Row = Readonly<Record<string, string | null>>

/** Reads `<name>.test.yaml`; a Fault names line and column of what is wrong in it. */
export function readUnitTests(text: string, file: string): readonly UnitTest[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  keepAsWritten(document)
  const spot = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const [broken] = document.errors
  if (broken !== undefined) throw wrong(`it is not YAML: ${broken.message.split('\n')[0]}`, spot(broken.pos[0]))
  const parsed = z.array(unitTest).min(1).safeParse(document.toJS())
  const at = (path: readonly PropertyKey[]): string => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true) as { readonly range?: readonly number[] } | undefined
      if (node?.range?.[0] !== undefined) return spot(node.range[0])
    }
    return `${file}:1:1`
  }
  const [issue] = parsed.error?.issues ?? []
  if (issue !== undefined) throw wrong(`${issue.path.join('.') || 'the file'}: ${issue.message}`, at(issue.path))
  return (parsed.data ?? []).map((test, index) => ({ ...test, file, line: Number(at([index]).split(':').at(-2)) }))
}

/** A plain scalar is the text that stands there; `null`, `~` and nothing at all are null. */
function keepAsWritten(document: Document): void {
  visit(document, {
    Scalar(_, node) {
      if (node.type === 'PLAIN') node.value = /^(null|~|)$/.test(node.source ?? '') ? null : node.source
    },
  })
}

const wrong = (what: string, where: string): Fault =>
  new Fault({
    what,
    where,
    hint: 'A unit test is a list of { name, now, given: { schema.table: [rows] }, expect: [rows] }.',
    retry: 'never',
  })
