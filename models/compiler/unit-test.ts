import { type Document, visit } from 'yaml'
import { z } from 'zod'
import { Fault } from '../../contracts/fault.ts'
import { type Mistake, spotOf } from './mistake.ts'
import { type Path, placedYaml, shapeMistakes } from './placed-yaml.ts'

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
  expect: z.array(row, { error: 'it says which rows are expected: expect: [rows]' }),
})

/** Rows that a model is given, and those that it must make of them. */
export type UnitTest = Readonly<z.output<typeof unitTest>> & {
  readonly file: string
  /** On which line it begins. */
  readonly line: number
}

export type Row = Readonly<Record<string, string | null>>

/** Reads `<name>.test.yaml`; a Fault names line and column of the first thing that is wrong in it, and tells the others. */
export function readUnitTests(text: string, file: string): readonly UnitTest[] {
  const yaml = placedYaml(text, file)
  if (!('document' in yaml)) throw wrong([yaml])
  keepAsWritten(yaml.document)
  const parsed = z.array(unitTest).min(1).safeParse(yaml.document.toJS())
  if (!parsed.success) throw wrong(shapeMistakes(parsed.error, yaml.at, { file, ...wording }))
  return parsed.data.map((test, index) => ({ ...test, file, line: spotOf(yaml.at([index])).line }))
}

const wording = {
  whole: 'the file',
  hint: 'A unit test is a list of { name, now, given: { schema.table: [rows] }, expect: [rows] }.',
  allowed: (path: Path): readonly string[] => (path.length === 1 ? Object.keys(unitTest.shape) : []),
}

/** A plain scalar is the text that stands there; `null`, `~` and nothing at all are null. */
function keepAsWritten(document: Document): void {
  visit(document, {
    Scalar(_, node) {
      if (node.type === 'PLAIN') node.value = /^(null|~|)$/.test(node.source ?? '') ? null : node.source
    },
  })
}

function wrong(mistakes: readonly Mistake[]): Fault {
  const [first] = mistakes
  return new Fault({
    what: mistakes.map(({ what }) => what).join('; '),
    where: first === undefined ? '' : `${first.file}:${first.line}:${first.column}`,
    hint: [...new Set(mistakes.map(({ hint }) => hint))].join(' '),
    retry: 'never',
  })
}
