import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { closest } from './closest.ts'
import { type Mistake, spotOf } from './mistake.ts'

export type Path = readonly (string | number)[]

/** YAML that knows where each of its values stands. */
export interface PlacedYaml {
  readonly document: Document
  /** `line:column` of a value, or of the key that it stands under. */
  readonly at: (path: Path, of?: 'value' | 'key') => string
}

/** Reads YAML whose positions are those of its file; where it is none, the first mistake in it. */
export function placedYaml(text: string, file: string): PlacedYaml | Mistake {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const spot = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined) {
    const why = error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? ''
    return { file, ...spotOf(spot(error.pos[0])), what: `this is not YAML: ${why}`, hint: yamlHint(why) }
  }
  const at: PlacedYaml['at'] = (path, of = 'value') => {
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

const yamlHint = (why: string): string =>
  /comma|flow|mapping|implicit|plain/i.test(why)
    ? 'A text that holds a comma, a colon or a bracket stands in double quotes.'
    : 'Correct it: two spaces a level, "key: value".'

function keyAt(document: Document, path: Path): number | undefined {
  const above = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(above)) return undefined
  const pair = above.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}

export interface Wording {
  readonly file: string
  /** What the whole is called where no word of it is named. */
  readonly whole: string
  readonly hint: string
  /** The words that may stand at a path. */
  readonly allowed: (path: Path) => readonly string[]
}

/** Everything that a schema finds, each at its own place; an unknown word with the nearest that is known. */
export function shapeMistakes(error: z.ZodError, at: PlacedYaml['at'], wording: Wording): readonly Mistake[] {
  return error.issues.flatMap(issue => {
    const path = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part))
    const mistake = (what: string, place: string, hint: string): Mistake => ({
      file: wording.file,
      ...spotOf(place),
      what: `${wordsOf(path) || wording.whole}: ${what}`,
      hint,
    })
    if (issue.code !== 'unrecognized_keys') return [mistake(issue.message, at(path, placeOf(issue)), wording.hint)]
    return issue.keys.map(key =>
      mistake(`unknown word "${key}"`, at([...path, key], 'key'), meantWord(key, wording.allowed(path))),
    )
  })
}

/** `0.given.raw.orders` is nothing that a person has written: items are counted from one. */
const wordsOf = (path: Path): string =>
  path
    .map(part => (typeof part === 'number' ? `(${part + 1})` : part))
    .join('.')
    .replaceAll('.(', ' (')

const placeOf = ({ code }: z.core.$ZodIssue): 'value' | 'key' => (code === 'custom' ? 'key' : 'value')

function meantWord(word: string, allowed: readonly string[]): string {
  if (/\s/.test(word)) return 'A text that holds a comma, a colon or a bracket stands in double quotes.'
  const near = closest(word, allowed)
  return near === undefined ? `There are ${allowed.join(', ')}.` : `Did you mean ${near}?`
}
