import type { Mistake } from './compiler/mistake.ts'
import type { ColumnType } from './warehouse/warehouse.ts'

/**
 * What each model gives, by relation and column: `{ "order_id": { "text": "VARCHAR" } }`. The kind is a key, because TypeScript widens the values of a JSON file and
 * keeps its keys.
 */
export type Lock = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>

export const lockFile = 'models.lock.json'

export function lockOf(relations: readonly string[], columns: ReadonlyMap<string, readonly ColumnType[]>): Lock {
  const sorted = relations.toSorted()
  return Object.fromEntries(
    sorted.map(relation => [
      relation,
      Object.fromEntries((columns.get(relation) ?? []).map(({ name, type }) => [name, { [kindOf(type)]: type }])),
    ]),
  )
}

/** A line a column, so that a change of one is a change of one line. */
export const lockText = (lock: Lock): string =>
  `${JSON.stringify(lock, null, 2).replaceAll(/\{\n\s+("[^"]+": "[^"]+")\n\s+\}/g, '{ $1 }')}\n`

const kinds: readonly (readonly [kind: string, type: RegExp])[] = [
  ['text', /^(VARCHAR|UUID|ENUM)/],
  ['decimal', /^DECIMAL/],
  ['integer', /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/],
  ['float', /^(DOUBLE|FLOAT)$/],
  ['flag', /^BOOLEAN$/],
  ['instant', /^TIMESTAMP WITH TIME ZONE$/],
  ['timestamp', /^TIMESTAMP/],
  ['date', /^DATE$/],
  ['json', /^JSON$/],
]

/** How a type of the engine is read in TypeScript; a list, a struct and whatever is not listed are `other`. */
const kindOf = (type: string): string =>
  type.endsWith(']') ? 'other' : (kinds.find(([, pattern]) => pattern.test(type))?.[0] ?? 'other')

/** Models of which the lock says nothing yet: code that names their columns is not held to them. */
export const unlocked = (text: string, now: Lock): readonly string[] =>
  Object.keys(now).filter(relation => readLock(text)?.[relation] === undefined)

/** Where the lock says otherwise than the models do: a column that went or changed its type, a model that is gone. */
export function lockMistakes(text: string, now: Lock): readonly Mistake[] {
  const lines = text.split('\n')
  const at = (word: string, from = 0): number =>
    Math.max(
      lines.findIndex((line, index) => index >= from && line.trimStart().startsWith(`"${word}"`)),
      0,
    )
  const locked = readLock(text)
  if (locked === undefined) return [mistake(0, `${lockFile} is no JSON of models`)]
  return Object.keys(locked).flatMap(relation => {
    const told = differences(locked[relation] ?? {}, now[relation] ?? {})
    return told.length === 0
      ? []
      : [mistake(at(relation), `${relation} gives other columns than ${lockFile} says: ${told.join(', ')}`)]
  })
}

const mistake = (line: number, what: string): Mistake => ({
  file: lockFile,
  line: line + 1,
  column: 1,
  what,
  hint: 'Where that is meant, `boomerang model check --write` writes it; then `tsc` names what reads a column that went.',
})

function readLock(text: string): Lock | undefined {
  try {
    return JSON.parse(text) as Lock
  } catch {
    return undefined
  }
}

function differences(locked: Lock[string], now: Lock[string]): readonly string[] {
  return Object.keys(locked).flatMap(name => {
    const [before, after] = [typeOf(locked[name]), typeOf(now[name])]
    if (before === after) return []
    return after === undefined ? `${name} went` : `${name} was ${before} and is ${after}`
  })
}

const typeOf = (column: Readonly<Record<string, string>> | undefined): string | undefined =>
  column === undefined ? undefined : Object.values(column)[0]
