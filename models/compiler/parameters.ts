import { quote } from '../../contracts/admission.ts'
import { closest } from './closest.ts'
import type { Mistake } from './mistake.ts'

/** What the parameters of a model are filled with: instants, and the project's own variables as SQL. */
export interface Parameters {
  /** The end of the night. */
  readonly now: string
  /** The interval that an incremental model is built for. */
  readonly start?: string
  readonly end?: string
  /** As SQL, by name. */
  readonly variables?: Readonly<Record<string, string>>
}

/** The query with its parameters filled, on the same lines. */
export function filled(sql: string, { variables = {}, ...instants }: Parameters): string {
  const values = new Map(Object.entries(variables))
  for (const [word, instant] of Object.entries(instants)) values.set(word, `timestamptz ${quote(instant)}`)
  return sql.replaceAll(token, (text, word: string | undefined) =>
    word === undefined ? text : (values.get(word) ?? text),
  )
}

export interface Known {
  readonly file: string
  /** An incremental model knows its interval. */
  readonly incremental: boolean
  readonly variables: readonly string[]
}

/** The parameters that nobody would fill. */
export function parameterMistakes(sql: string, { file, incremental, variables }: Known): readonly Mistake[] {
  const own = incremental ? ['now', 'start', 'end'] : ['now']
  const known = [...own, ...variables]
  return [...sql.matchAll(token)].flatMap(({ 1: word, index }) => {
    if (word === undefined || known.includes(word)) return []
    const before = sql.slice(0, index).split('\n')
    const near = closest(word, known)
    const kind = ['start', 'end'].includes(word) ? '$start and $end are for the kind incremental. ' : ''
    return [
      {
        file,
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
        what: `nothing is known of $${word}`,
        hint: `${kind}${near === undefined ? `A model knows ${known.map(each => `$${each}`).join(', ')}; $now is the end of the night that it is built for.` : `Did you mean $${near}?`}`,
      },
    ]
  })
}

/** What may hold a dollar sign and is no parameter (texts, quoted names, comments), or a parameter with its name. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w+)/g
