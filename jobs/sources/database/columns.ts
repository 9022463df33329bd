import type { Kind } from '../../../contracts/columns.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { Claim } from '../source.ts'

/** A column of a table as the server describes it. */
export interface TableColumn {
  readonly name: string
  /** As `format_type` names it: `timestamp with time zone`. */
  readonly type: string
}

export interface TableShape {
  readonly table: string
  readonly claim: Claim
  /** IANA time zone of columns without one; without it such a column is refused. */
  readonly zone?: string
}

interface Reading {
  readonly types: readonly string[]
  /** The value as JSON, in the contract's own form. */
  readonly json: (column: string) => string
}

const wholes = ['smallint', 'integer', 'bigint']
const texts = ['text', 'character varying', 'character', 'uuid', 'citext', ...wholes]
const asText = (column: string): string => `${column}::text`

/** To microseconds in UTC; what is no moment (infinity) stands as the server writes it, and the contract refuses it. */
const utcText = (moment: string): string =>
  `case when isfinite(${moment}) then to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else ${moment}::text end`

const readings: Readonly<Record<Kind, Reading>> = {
  text: { types: texts, json: asText },
  instant: { types: ['timestamp with time zone'], json: utcText },
  decimal: { types: ['numeric', ...wholes], json: column => `trim_scale(${column}::numeric)::text` },
  integer: { types: wholes, json: asText },
  flag: { types: ['boolean'], json: column => column },
  list: { types: ['text[]', 'character varying[]'], json: column => `to_jsonb(${column})` },
}

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** As many pairs as a function takes arguments in PostgreSQL. */
const pairsAtOnce = 50

/**
 * One row as one line of JSON, made by the server: no number passes through a double, no instant through a local clock. A Fault names
 * every column that is missing or whose type does not hold what its contract promises; nothing is guessed.
 */
export function rowJson({ table, claim, zone }: TableShape, found: readonly TableColumn[]): string {
  const types = new Map(found.map(({ name, type }) => [name, type]))
  const wrong: string[] = []
  const pairs = Object.entries(claim.fields).map(([column, from]) => {
    const kind = claim.contract.row[column]?.kind ?? 'text'
    const type = types.get(from)
    const value = type === undefined ? undefined : jsonOf(kind, { column: quoted(from), type, zone })
    if (value === undefined) wrong.push(problem(from, { type, kind }))
    return `${literal(from)}, ${value ?? 'null'}`
  })
  if (wrong.length > 0) throw misfit(table, wrong)
  const parts: string[] = []
  for (let at = 0; at < pairs.length; at += pairsAtOnce)
    parts.push(`jsonb_build_object(${pairs.slice(at, at + pairsAtOnce).join(', ')})`)
  return `(${parts.join(' || ')})::text`
}

interface Place {
  readonly column: string
  readonly type: string
  readonly zone: string | undefined
}

function jsonOf(kind: Kind, { column, type, zone }: Place): string | undefined {
  const { types, json } = readings[kind]
  if (types.includes(type)) return json(column)
  const isLocal = kind === 'instant' && type === 'timestamp without time zone'
  return isLocal && zone !== undefined ? utcText(`(${column} at time zone ${literal(zone)})`) : undefined
}

function problem(column: string, { type, kind }: { readonly type: string | undefined; readonly kind: Kind }): string {
  if (type === undefined) return `${column} is not there`
  const local = type === 'timestamp without time zone' ? ', or the object has to name its time zone' : ''
  return `${column} is ${type}, and ${readings[kind].types.join(' or ')} is needed${local}`
}

const misfit = (table: string, wrong: readonly string[]): Fault =>
  new Fault({
    what: wrong.join('; '),
    where: table,
    hint: 'Nothing was read. Correct the fields of the object, or read a view that gives what its contract promises.',
    retry: 'never',
  })
