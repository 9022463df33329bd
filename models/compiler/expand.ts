import type { WarehouseKind } from '../../contracts/connection.ts'
import { closest } from './closest.ts'
import type { Mistake } from './mistake.ts'
import type { PortableFunction } from './portable-functions.ts'

export interface ExpandTerms {
  readonly file: string
  readonly target: WarehouseKind
  readonly functions: ReadonlyMap<string, PortableFunction>
}

export interface Expanded {
  readonly sql: string
  readonly mistakes: readonly Mistake[]
}

/** A query with every `fn.<name>(…)` as its warehouse spells it, on the same lines. */
export function expandFunctions(sql: string, terms: ExpandTerms): Expanded {
  const mistakes: Mistake[] = []
  const expand = (text: string, offset: number): string => {
    let done = ''
    let at = 0
    for (let call = nextCall(text, at); call !== undefined; call = nextCall(text, at)) {
      const args = call.args.map(({ text: arg, start }) => expand(arg, offset + start))
      const written = spell(call.name, args, terms)
      if ('what' in written) mistakes.push({ file: terms.file, ...spotAt(sql, offset + call.start), ...written })
      done += text.slice(at, call.start) + ('sql' in written ? written.sql : text.slice(call.start, call.end))
      at = call.end
    }
    return done + text.slice(at)
  }
  return { sql: expand(sql, 0), mistakes }
}

interface Call {
  readonly name: string
  readonly start: number
  /** Behind its closing bracket. */
  readonly end: number
  readonly args: readonly { readonly text: string; readonly start: number }[]
}

/** Texts, quoted names and comments, in which nothing is called. */
const passage = `'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\\n]*|/\\*[\\s\\S]*?\\*/`

function nextCall(text: string, from: number): Call | undefined {
  const pattern = new RegExp(`${passage}|\\bfn\\s*\\.\\s*(\\w+)\\s*\\(`, 'g')
  pattern.lastIndex = from
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    if (found[1] === undefined) continue
    const opened = found.index + found[0].length
    const { args, end } = argumentsFrom(text, opened)
    return { name: found[1], start: found.index, end, args }
  }
  return undefined
}

/** The arguments behind an opening bracket, up to the one that closes it. */
function argumentsFrom(text: string, opened: number): Pick<Call, 'args' | 'end'> {
  const pattern = new RegExp(`${passage}|[()\\[\\],]`, 'g')
  pattern.lastIndex = opened
  const args: { text: string; start: number }[] = []
  let [depth, start] = [0, opened]
  const close = (end: number): void => {
    if (text.slice(start, end).trim() !== '' || args.length > 0) args.push({ text: text.slice(start, end), start })
  }
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const sign = found[0]
    if (depth === 0 && (sign === ')' || sign === ',')) {
      close(found.index)
      start = found.index + 1
      if (sign === ')') return { args, end: start }
    } else if (sign === '(' || sign === '[') depth += 1
    else if (sign === ')' || sign === ']') depth -= 1
  }
  close(text.length)
  return { args, end: text.length }
}

type Spelling = { readonly sql: string } | Pick<Mistake, 'what' | 'hint'>

function spell(name: string, args: readonly string[], { target, functions }: ExpandTerms): Spelling {
  const found = functions.get(name)
  if (found === undefined) {
    const near = closest(name, [...functions.keys()])
    return {
      what: `there is no function fn.${name}`,
      hint:
        near === undefined
          ? '`boomerang model functions` lists them; models/fn/<name>.sql adds one.'
          : `Did you mean fn.${near}?`,
    }
  }
  const usage = `fn.${name}(${found.parameters.join(', ')})`
  if (args.length !== found.parameters.length)
    return { what: `${usage} has ${found.parameters.length} arguments, and ${args.length} stand here`, hint: found.doc }
  const template = found.as[target]
  if (template === undefined)
    return {
      what: `${target} has no ${usage}`,
      hint: `Write its body for ${target} in a file of its own beside the model, <name>.${target}.sql.`,
    }
  const used = new Set<string>()
  const sql = template.replaceAll(/\{(\w+)(!?)\}/g, (_, parameter: string, bare: string) => {
    const arg = argument(args[found.parameters.indexOf(parameter)] ?? '', used.has(parameter))
    used.add(parameter)
    return bare === '' ? arg : arg.trim().replace(/^'(.*)'$/, '$1')
  })
  return { sql }
}

/** An argument keeps its line breaks where it stands for the first time; a second time they would move the lines below. */
const argument = (text: string, isAgain: boolean): string =>
  isAgain
    ? text
        .replaceAll(/--[^\n]*/g, '')
        .replaceAll(/\s*\n\s*/g, ' ')
        .trim()
    : text.replace(/^ +/, '')

function spotAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
