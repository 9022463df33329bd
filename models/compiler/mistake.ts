import { type Fault, toFault } from '../../contracts/fault.ts'
import { frameOf, type Spot } from './frame.ts'

/** Something that is wrong in a file of a model, where a person can mend it. */
export interface Mistake extends Spot {
  readonly file: string
  readonly what: string
  readonly hint: string
}

/** `line:column`, as a place in a file is written. */
export function spotOf(place: string): Spot {
  const [line = 1, column = 1] = place.split(':').map(Number)
  return { line, column }
}

/** A Fault of the compiler as a mistake; its place stands behind the file. */
export function mistakeOf({ what, where, hint }: Fault): Mistake {
  const [, file = where, line = '1', column = '1'] = /^(.*?):(\d+):(\d+)$/.exec(where) ?? []
  return { file, line: Number(line), column: Number(column), what, hint }
}

/** What a piece of work gives, or the mistake that stopped it. */
export function attempt<T>(file: string, mistakes: Mistake[], work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    mistakes.push(mistakeOf(toFault(error, file)))
    return undefined
  }
}

export const byPlace = (a: Mistake, b: Mistake): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column

/** A mistake as a person reads it, with the line that it is about. */
export const mistakeText = ({ file, what, hint, ...spot }: Mistake, text: string): string =>
  `${file}:${spot.line}:${spot.column} ${what}\n${frameOf(text, spot)}\n  ${hint}`
