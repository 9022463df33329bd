import { columnNames, name, quote } from '../../contracts/admission.ts'
import { type Contract, tableOf } from '../../contracts/contract.ts'
import { rawRelation } from './raw.ts'
import type { Audit, Statement } from './warehouse.ts'

/** What one landing brings of one contract: relations with its columns and _position, _ordinal, _extra. */
export interface Part {
  readonly contract: Contract
  readonly stages: readonly string[]
  /** True where a child stands inside its parent's line, and so belongs to that version of it. */
  readonly inline: boolean
}

export interface MergeFacts {
  readonly connection: string
  readonly load: string
  /** UTC instant. */
  readonly extractedAt: string
}

export interface Merge {
  readonly statements: readonly Statement[]
  readonly audits: readonly Audit[]
}

/**
 * Statements that bring a landing into `raw`, to run in one transaction. The newest version of a key wins, by (changed, extracted at,
 * position); a child has its parent's version and is replaced as a set with it, so that a removed line does not stay.
 */
export function merge(parts: readonly Part[], facts: MergeFacts): Merge {
  const roots = parts.filter(part => part.contract.parent === undefined)
  const children = parts.filter(part => part.contract.parent !== undefined)
  const sql = [
    ...roots.flatMap(part => [wonRoots(part, facts), deleteWon(part.contract, facts)]),
    ...children.flatMap(part => mergeChild(part, facts, roots)),
    ...parts.map(part => insertWon(part, facts)),
  ]
  return {
    statements: sql.map(text => ({ sql: text })),
    audits: parts.flatMap(part => audits(part, facts)),
  }
}

const won = (contract: Contract): string => name(`won_${tableOf(contract)}`)
const keysEqual = (contract: Contract, left: string, right: string): string =>
  contract.key.map(key => `${left}.${name(key)} = ${right}.${name(key)}`).join(' and ')
const keys = (contract: Contract, from: string): string => contract.key.map(key => `${from}.${name(key)}`).join(', ')
const union = (part: Part, columns: readonly string[]): string =>
  part.stages.map(stage => `select ${columns.map(name).join(', ')} from ${stage}`).join(' union all ')

/** The newest staged version of each key, where it is newer than what stands. */
function wonRoots(part: Part, facts: MergeFacts): string {
  const { contract } = part
  const changed = name(contract.changed ?? '')
  const columns = [
    ...contract.key,
    ...(contract.key.includes(contract.changed ?? '') ? [] : [contract.changed ?? '']),
    '_position',
    '_ordinal',
  ]
  return `create or replace temp table ${won(contract)} as
    select s.* from (
      select * from (${union(part, columns)})
      qualify row_number() over (partition by ${contract.key.map(name).join(', ')} order by ${changed} desc, _position desc, _ordinal desc) = 1
    ) as s
    left join ${rawRelation(contract)} as t on t._connection = ${quote(facts.connection)} and ${keysEqual(contract, 's', 't')}
    where t._connection is null or (s.${changed}, timestamptz ${quote(facts.extractedAt)}, s._position) > (t.${changed}, t._extracted_at, t._position)`
}

const deleteWon = (contract: Contract, facts: MergeFacts): string =>
  `delete from ${rawRelation(contract)} as t using ${won(contract)} as w where t._connection = ${quote(facts.connection)} and ${keysEqual(contract, 't', 'w')}`

function mergeChild(part: Part, facts: MergeFacts, roots: readonly Part[]): readonly string[] {
  const { contract } = part
  const parent = roots.find(root => root.contract.name === contract.parent?.contract)
  if (parent === undefined || contract.parent === undefined)
    throw new TypeError(`${contract.name} names the parent ${contract.parent?.contract}, which is not loaded with it`)
  const column = name(contract.parent.column)
  const parentKey = name(parent.contract.key[0] ?? '')
  const sameLine = part.inline ? ' and c._position = p._position' : ''
  return [
    `create or replace temp table ${won(contract)} as
      select ${keys(contract, 'c')}, c._position, c._ordinal from (${union(part, [...new Set([...contract.key, contract.parent.column, '_position', '_ordinal'])])}) as c
      join ${won(parent.contract)} as p on c.${column} = p.${parentKey}${sameLine}
      qualify row_number() over (partition by ${keys(contract, 'c')} order by c._position desc, c._ordinal desc) = 1`,
    `delete from ${rawRelation(contract)} as t using ${won(parent.contract)} as p where t._connection = ${quote(facts.connection)} and t.${column} = p.${parentKey}`,
    deleteWon(contract, facts),
  ]
}

function insertWon(part: Part, facts: MergeFacts): string {
  const { contract } = part
  const columns = columnNames(contract.row)
  return `insert into ${rawRelation(contract)} by name
    select ${columns.map(column => `s.${name(column)}`).join(', ')}, ${quote(facts.connection)} as _connection, ${quote(facts.load)} as _load,
      s._position, timestamptz ${quote(facts.extractedAt)} as _extracted_at, null::timestamptz as _deleted_at, s._extra
    from (${union(part, [...columns, '_position', '_ordinal', '_extra'])}) as s
    join ${won(contract)} as w on w._position = s._position and w._ordinal = s._ordinal and ${keysEqual(contract, 's', 'w')}`
}

/** What was won stands, once: the count in the warehouse agrees with what was admitted, and no key stands twice. */
function audits(part: Part, facts: MergeFacts): readonly Audit[] {
  const { contract } = part
  const loaded = `${rawRelation(contract)} as t where t._connection = ${quote(facts.connection)} and t._load = ${quote(facts.load)}`
  return [
    {
      name: `${contract.name}: what was loaded stands in the warehouse`,
      sql: `select * from (select (select count(*) from ${won(contract)}) as admitted, (select count(*) from ${loaded}) as standing) where admitted <> standing`,
    },
    {
      name: `${contract.name}: every key stands once`,
      sql: `select ${keys(contract, 't')}, count(*) as times from ${rawRelation(contract)} as t join ${won(contract)} as w on ${keysEqual(contract, 't', 'w')}
        where t._connection = ${quote(facts.connection)} group by ${keys(contract, 't')} having count(*) > 1`,
    },
  ]
}
