import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { warehouseKinds } from '../../contracts/connection.ts'
import { type Mistake, spotOf } from './mistake.ts'
import { placedYaml, shapeMistakes } from './placed-yaml.ts'
import { type PortableFunction, portableFunctions } from './portable-functions.ts'

const name = z.string().regex(/^[a-z_][a-z0-9_]*$/, 'a name of lower case letters, digits and _')
const header = z.strictObject({ doc: z.string().min(1), parameters: z.array(name).min(1) })

const unitTest = z.strictObject({
  name: z.string().min(1),
  call: z.string().min(1),
  expect: z.union([z.string(), z.number(), z.boolean(), z.null()]),
})

/** A call, and the text of what it gives; null where it gives nothing. */
export interface FunctionTest {
  readonly function: string
  readonly file: string
  readonly line: number
  readonly name: string
  readonly call: string
  readonly expect: string | null
}

export interface Functions {
  /** Those that ship, and the project's own. */
  readonly functions: ReadonlyMap<string, PortableFunction>
  readonly tests: readonly FunctionTest[]
  readonly mistakes: readonly Mistake[]
}

const folder = 'models/fn'

/** Reads `models/fn/<name>.sql`, what stands beside it for one warehouse, and its tests. */
export async function readFunctions(root: string): Promise<Functions> {
  const listed = await readdir(join(root, folder)).catch((): readonly string[] => [])
  const texts = new Map<string, string>()
  for (const file of listed.toSorted()) texts.set(file, await readFile(join(root, folder, file), 'utf8'))
  const functions = new Map(portableFunctions)
  const tests: FunctionTest[] = []
  const mistakes: Mistake[] = []
  for (const [file, text] of texts) {
    const [, called] = /^([a-z_][a-z0-9_]*)\.sql$/.exec(file) ?? []
    if (called === undefined) continue
    const read = functionIn(text, { file: `${folder}/${file}`, beside: target => texts.get(`${called}.${target}.sql`) })
    if ('mistakes' in read) mistakes.push(...read.mistakes)
    else if (portableFunctions.has(called))
      mistakes.push(at(`${folder}/${file}`, `fn.${called} ships already`, 'Give it another name.'))
    else functions.set(called, read)
    tests.push(...testsIn(texts.get(`${called}.test.yaml`), called, mistakes))
  }
  return { functions, tests, mistakes }
}

const at = (file: string, what: string, hint: string, line = 1): Mistake => ({ file, line, column: 1, what, hint })

interface Source {
  readonly file: string
  readonly beside: (target: string) => string | undefined
}

const hint =
  'Begin it with "/* @fn", a line break, "doc: …", "parameters: [amount, rate]" and "*/"; one expression of them follows.'

function functionIn(
  text: string,
  { file, beside }: Source,
): PortableFunction | { readonly mistakes: readonly Mistake[] } {
  const opening = /^\s*\/\*[ \t]*@fn[ \t]*\r?\n/.exec(text)?.[0]
  const end = text.indexOf('*/')
  if (opening === undefined || end < 0)
    return { mistakes: [at(file, 'the file does not begin with a comment /* @fn', hint)] }
  const yaml = placedYaml('\n'.repeat(opening.split('\n').length - 1) + text.slice(opening.length, end), file)
  if (!('document' in yaml)) return { mistakes: [yaml] }
  const parsed = header.safeParse(yaml.document.toJS() ?? {})
  if (!parsed.success)
    return {
      mistakes: shapeMistakes(parsed.error, yaml.at, {
        file,
        whole: 'the header',
        hint,
        allowed: () => Object.keys(header.shape),
      }),
    }
  const { parameters, doc } = parsed.data
  const body = text.slice(end + 2)
  const as = warehouseKinds.map(target => [target, templateOf(beside(target) ?? body, parameters)] as const)
  return { parameters, doc, as: Object.fromEntries(as) }
}

/** The expression on one line, with its parameters open. */
function templateOf(body: string, parameters: readonly string[]): string {
  const plain = body.replaceAll(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g, found =>
    found.startsWith("'") ? found : '',
  )
  const line = plain
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/;$/, '')
  return `(${line.replaceAll(/'(?:[^']|'')*'|\b\w+\b/g, word => (parameters.includes(word) ? `{${word}}` : word))})`
}

function testsIn(text: string | undefined, called: string, mistakes: Mistake[]): readonly FunctionTest[] {
  if (text === undefined) return []
  const file = `${folder}/${called}.test.yaml`
  const yaml = placedYaml(text, file)
  if (!('document' in yaml)) {
    mistakes.push(yaml)
    return []
  }
  const parsed = z.array(unitTest).safeParse(yaml.document.toJS() ?? [])
  if (!parsed.success) {
    mistakes.push(
      ...shapeMistakes(parsed.error, yaml.at, {
        file,
        whole: 'the file',
        hint: `It is a list of { name, call: fn.${called}(…), expect }.`,
        allowed: () => Object.keys(unitTest.shape),
      }),
    )
    return []
  }
  return parsed.data.map(({ expect, ...test }, index) => ({
    ...test,
    function: called,
    file,
    line: spotOf(yaml.at([index])).line,
    expect: expect === null ? null : String(expect),
  }))
}
