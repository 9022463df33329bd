import type { Json } from '../../contracts/context.ts'
import type { Breach } from '../../contracts/contract.ts'
import { formed, judge } from '../../contracts/judge.ts'
import { at, beside, textAt } from '../../contracts/paths.ts'
import { strictJson } from '../../contracts/strict-json.ts'
import type { Claim } from '../sources/source.ts'
import { kindPaths, type LineClaim } from './ndjson-query.ts'

/** What became of one record that the query doubted. */
export type Verdict =
  | {
      readonly state: 'accepted'
      readonly claim: number
      readonly ordinal: number
      readonly cells: Cells
      readonly extra: Json | undefined
    }
  | {
      readonly state: 'rejected'
      readonly claim: number
      readonly ordinal: number
      readonly record: string | null
      readonly breaches: readonly Breach[]
    }

/** Column to text: how an accepted record is handed back to the engine, which casts it as it casts its own. */
export type Cells = Readonly<Record<string, string | null>>

/** The claim number of what no contract claims. */
const noClaim = -1

/**
 * The last word on one line: every record in it is accepted or named with every breach.
 * A line that is no strict JSON, or that no claim knows, is one reject.
 */
export function lineVerdicts(bytes: Uint8Array, lines: readonly LineClaim[]): readonly Verdict[] {
  const read = strictJson(bytes)
  if (!read.ok) {
    const { code, allowed, found } = read
    return [unclaimed({ column: '', code, allowed, ...(found === undefined ? {} : { found }) })]
  }
  const kind = kindOf(read.value)
  const line = lines.find(each => each.claim.kind === undefined || each.claim.kind === kind)
  if (line === undefined || !isObject(read.value)) {
    const known = lines.map(each => each.claim.kind ?? 'record').join(', ')
    return [
      unclaimed({
        column: 'id',
        code: 'unclaimed',
        allowed: `a record of a kind that the source declares: ${known}`,
        found: kind ?? typeof read.value,
      }),
    ]
  }
  return lineRecords(read.value, line)
}

const unclaimed = (breach: Breach): Verdict => ({
  state: 'rejected',
  claim: noClaim,
  ordinal: 0,
  record: null,
  breaches: [breach],
})

const isObject = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

function kindOf(value: Json): string | undefined {
  return /^gid:\/\/shopify\/([A-Za-z]+)\//.exec(textAt(value, 'id') ?? '')?.[1] ?? textAt(value, '__typename')
}

function lineRecords(value: Json, line: LineClaim): readonly Verdict[] {
  const named = [
    ...kindPaths(line.claim),
    ...Object.values(line.claim.fields),
    ...line.lists.flatMap(list => [list.each, ...outer(list.claim)]),
  ]
  return [
    recordVerdict(line, { value, ordinal: 0, up: value, named }),
    ...line.lists.flatMap(list => listVerdicts(list, value)),
  ]
}

const outer = (claim: Claim): readonly string[] =>
  Object.values(claim.fields).flatMap(path => (path.startsWith('^') ? [path.slice(1)] : []))

function listVerdicts(
  list: { readonly index: number; readonly claim: Claim; readonly each: string },
  up: Json,
): readonly Verdict[] {
  const items = at(up, list.each)
  if (items === undefined || items === null) return []
  if (!Array.isArray(items)) {
    const breach = { column: list.each, code: 'type', allowed: 'a list' }
    return [{ state: 'rejected', claim: list.index, ordinal: 0, record: null, breaches: [breach] }]
  }
  const named = Object.values(list.claim.fields)
  return items.map((value: Json, ordinal) => recordVerdict(list, { value, ordinal, up, named }))
}

interface Found {
  readonly value: Json
  readonly ordinal: number
  readonly up: Json
  readonly named: readonly string[]
}

function recordVerdict({ index, claim }: { readonly index: number; readonly claim: Claim }, found: Found): Verdict {
  const cells = Object.fromEntries(
    Object.entries(claim.fields).map(([column, path]) => [
      column,
      path.startsWith('^') ? at(found.up, path.slice(1)) : at(found.value, path),
    ]),
  )
  return verdictOf({ index, claim }, { cells, ordinal: found.ordinal, extra: beside(found.value, found.named) })
}

interface Given {
  readonly cells: Readonly<Record<string, Json | undefined>>
  readonly ordinal: number
  readonly extra: Json | undefined
}

/** The verdict on one record whose columns have been found. */
export function verdictOf({ index, claim }: { readonly index: number; readonly claim: Claim }, given: Given): Verdict {
  const judgement = judge(claim.contract, given.cells, claim.forms)
  const common = { claim: index, ordinal: given.ordinal }
  if (!judgement.ok)
    return {
      ...common,
      state: 'rejected',
      record: recordKey(claim, given.cells),
      breaches: judgement.breaches,
    }
  const cells = Object.fromEntries(Object.entries(judgement.row).map(([column, value]) => [column, cellText(value)]))
  return { ...common, state: 'accepted', cells, extra: given.extra }
}

/** The key as text, where every part of it is text or a number; a reject without it is still kept. */
function recordKey({ contract, forms }: Claim, cells: Given['cells']): string | null {
  const parts = contract.key.map(column => formed(cells[column], forms?.[column]))
  return parts.every(part => typeof part === 'string' || typeof part === 'number') ? parts.join('|') : null
}

const cellText = (value: unknown): string | null =>
  value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value)
