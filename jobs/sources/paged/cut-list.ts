import { segments } from '../../../contracts/paths.ts'

/**
 * The elements of a list inside JSON text, each exactly as it is written there but on one line: a number keeps its digits, a key its
 * place. `path` leads to the list through objects; empty, the text is the list. Undefined where there is no list. The text must be JSON.
 */
export function cutList(text: string, path: string): readonly string[] | undefined {
  let start: number | undefined = skipBlank(text, 0)
  for (const key of path === '' ? [] : segments(path))
    start = start === undefined ? undefined : memberOf(text, start, key)
  if (start === undefined || text[start] !== '[') return undefined
  const elements: string[] = []
  for (let at = skipBlank(text, start + 1); text[at] !== ']'; ) {
    const end = endOf(text, at)
    elements.push(oneLine(text.slice(at, end)))
    at = skipBlank(text, end)
    if (text[at] === ',') at = skipBlank(text, at + 1)
  }
  return elements
}

/** A raw line break stands only between tokens, never in a string: a blank says the same. */
const oneLine = (text: string): string => (/[\r\n]/.test(text) ? text.replaceAll(/[\r\n]+/g, ' ') : text)

/** Where the member's value begins; of a key that comes twice the last, as parsers have it. */
function memberOf(text: string, start: number, key: string): number | undefined {
  if (text[start] !== '{') return undefined
  let found: number | undefined
  for (let at = skipBlank(text, start + 1); text[at] === '"'; ) {
    const nameEnd = endOfString(text, at)
    const value = skipBlank(text, skipBlank(text, nameEnd) + 1)
    if (JSON.parse(text.slice(at, nameEnd)) === key) found = value
    at = skipBlank(text, endOf(text, value))
    if (text[at] === ',') at = skipBlank(text, at + 1)
  }
  return found
}

/** The place after the value that begins here. */
function endOf(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return endOfString(text, start)
  if (first !== '{' && first !== '[') {
    let at = start
    while (at < text.length && !',]} \t\r\n'.includes(text[at] as string)) at += 1
    return at
  }
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at]
    if (letter === '"') at = endOfString(text, at) - 1
    else if (letter === '{' || letter === '[') depth += 1
    else if ((letter === '}' || letter === ']') && --depth === 0) return at + 1
  }
  return text.length
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\r\n'.includes(text[at] as string)) at += 1
  return at
}
