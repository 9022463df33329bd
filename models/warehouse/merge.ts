import { columnNames, name, quote } from '../../contracts/admission.ts'
import { type Contract, parentsFirst, tableOf } from '../../contracts/contract.ts'
import { keys, sameKeys } from './keys.ts'
import { rawRelation } from './raw.ts'
import type { Audit, Statement } from './warehouse.ts'

/** What one landing brings of one contract: relations with its columns and _position, _ordinal, _extra. */
export interface Part {
  readonly contract: Contract
  readonly stages: readonly string[]
  /** True where a child stands inside its parent's line, and so belongs to that version of it. */
  readonly inline: boolean
  /** True where only keys were staged: they say that the record is there. */
  readonly presence: boolean
  /** True where no record was delivered. */
  readonly empty: boolean
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
 * Remembered is what was beaten, for it is little: a table of what won would be as long as the landing.
 */
export function merge(all: readonly Part[], facts: MergeFacts): Merge {
  const parts = all.filter(({ presence }) => !presence)
  const roots = parts.filter(part => part.contract.parent === undefined)
  const children = parentsFirst(parts.map(({ contract }) => contract))
    .filter(({ parent }) => parent !== undefined)
    .map(contract => familyOf(contract, parts))
  const busy = parts.filter(part => isBusy(part, children))
  const sql = [
    ...roots.filter(part => busy.includes(part)).map(part => beatenRoots(part, facts)),
    ...children.filter(({ part }) => busy.includes(part)).map(family => beatenChildren(family, facts)),
    ...children
      .toReversed()
      .filter(family => busy.includes(rootOf(family, children)))
      .map(family => deleteOldSets(family, children, facts)),
    ...busy.flatMap(part => [deleteReplaced(part, facts), insertUnbeaten(part, facts)]),
  ]
  return {
    statements: sql.map(text => ({ sql: text })),
    audits: busy.flatMap(part => audits(part, facts)),
  }
}

/** Most landings bring nothing of most contracts: what is not delivered, nor anything below it, is neither compared nor written. */
const isBusy = (part: Part, children: readonly Family[]): boolean =>
  !part.empty || children.some(child => child.parent === part && isBusy(child.part, children))

const beaten = (contract: Contract): string => name(`beaten_${tableOf(contract)}`)

/** What was staged of a contract: its key, its place, and the columns that are asked for. */
function staged({ contract, stages }: Part, columns: readonly string[]): string {
  const all = [...new Set([...contract.key, ...columns, '_position', '_ordinal'])].map(name).join(', ')
  return `(${stages.map(stage => `select ${all} from ${stage}`).join(' union all ')})`
}

/** Of what was staged, what is to stand. */
const unbeaten = (part: Part, columns: readonly string[]): string =>
  `(select * from ${staged(part, columns)} as o where not exists (select 1 from ${beaten(part.contract)} as b
      where b._position = o._position and b._ordinal = o._ordinal and ${sameKeys(part.contract, 'b', 'o')}))`

/** Of rows with equal keys, all but the newest. Only keys that come twice are put in order. */
function beatenByEqual({ key }: Contract, rows: string, newest: readonly string[]): string {
  const all = key.map(name).join(', ')
  return `select ${all}, _position, _ordinal from (
      select *, row_number() over (partition by ${all} order by ${newest.map(column => `${name(column)} desc`).join(', ')}) as place
      from ${rows} where (${all}) in (select (${all}) from ${rows} group by ${all} having count(*) > 1))
    where place > 1`
}

/** Staged versions that another of the landing beats, or the one that stands. */
function beatenRoots(part: Part, facts: MergeFacts): string {
  const { contract } = part
  const changed = contract.changed === undefined ? [] : [contract.changed]
  return `create or replace temp table ${beaten(contract)} as
    ${beatenByEqual(contract, staged(part, changed), [...changed, '_position', '_ordinal'])}
    union
    ${beatenByStanding(part, facts)}`
}

/** Staged versions that are older than the one that stands, or were read before the record was found gone. */
function beatenByStanding(part: Part, { connection, extractedAt }: MergeFacts): string {
  const { contract } = part
  const changed = contract.changed === undefined ? [] : [contract.changed]
  const sides = [
    [...changed.map(column => `s.${name(column)}`), `timestamptz ${quote(extractedAt)}`, 's._position'],
    [...changed.map(column => `t.${name(column)}`), 't._extracted_at', 't._position'],
  ]
  return `select ${keys(contract, 's')}, s._position, s._ordinal from ${staged(part, changed)} as s
    join ${rawRelation(contract)} as t on t._connection = ${quote(connection)} and ${sameKeys(contract, 's', 't')}
    where ${sides.map(side => `(${side.join(', ')})`).join(' < ')} or t._deleted_at > timestamptz ${quote(extractedAt)}`
}

/** A child with its parent, and the columns in which they meet. */
interface Family {
  readonly part: Part
  readonly parent: Part
  readonly column: string
  readonly key: string
}

function familyOf(contract: Contract, parts: readonly Part[]): Family {
  const [part, parent] = [contract.name, contract.parent?.contract].map(wanted =>
    parts.find(each => each.contract.name === wanted),
  )
  if (part === undefined || parent === undefined || contract.parent === undefined)
    throw new TypeError(`${contract.name} names the parent ${contract.parent?.contract}, which is not loaded with it`)
  return { part, parent, column: contract.parent.column, key: parent.contract.key[0] ?? '' }
}

function rootOf({ parent }: Family, families: readonly Family[]): Part {
  const above = families.find(({ part }) => part === parent)
  return above === undefined ? parent : rootOf(above, families)
}

/** Staged children whose parent's version was beaten, and those that another of the landing beats, or one that stands and is newer by its own instant. */
function beatenChildren({ part, parent, column, key }: Family, facts: MergeFacts): string {
  const { contract } = part
  const sameLine = part.inline ? ' and c._position = p._position' : ''
  const parents = `(select 1 from ${unbeaten(parent, [])} as p where c.${name(column)} = p.${name(key)}${sameLine})`
  const following = `(select * from ${staged(part, [column])} as c where exists ${parents})`
  return `create or replace temp table ${beaten(contract)} as
    select ${keys(contract, 'c')}, c._position, c._ordinal from ${staged(part, [column])} as c where not exists ${parents}
    union
    ${beatenByEqual(contract, following, ['_position', '_ordinal'])}
    ${contract.changed === undefined ? '' : `union ${beatenByStanding(part, facts)}`}`
}

const deleteOldSets = (family: Family, families: readonly Family[], facts: MergeFacts): string =>
  `delete from ${rawRelation(family.part.contract)} as t where ${inOldSet(family, families, facts)}${
    family.part.contract.changed === undefined ? '' : ` and t._extracted_at <= timestamptz ${quote(facts.extractedAt)}`
  }`

/** Children of what is replaced, and the children of those. */
function inOldSet({ parent, column, key }: Family, families: readonly Family[], facts: MergeFacts): string {
  const above = families.find(({ part }) => part === parent)
  const replaced =
    above === undefined
      ? `select ${name(key)} from ${unbeaten(parent, [])}`
      : `select ${name(key)} from ${rawRelation(parent.contract)} as t where ${inOldSet(above, families, facts)}`
  return `t._connection = ${quote(facts.connection)} and t.${name(column)} in (${replaced})`
}

const deleteReplaced = (part: Part, { connection }: MergeFacts): string =>
  `delete from ${rawRelation(part.contract)} as t using ${unbeaten(part, [])} as s
    where t._connection = ${quote(connection)} and ${sameKeys(part.contract, 't', 's')}`

function insertUnbeaten(part: Part, facts: MergeFacts): string {
  const { contract } = part
  const columns = columnNames(contract.row)
  return `insert into ${rawRelation(contract)} by name
    select ${columns.map(column => `s.${name(column)}`).join(', ')}, ${quote(facts.connection)} as _connection, ${quote(facts.load)} as _load,
      s._position, timestamptz ${quote(facts.extractedAt)} as _extracted_at, null::timestamptz as _deleted_at, null::varchar as _deleted_by, null::varchar as _deleted_load, s._extra
    from ${unbeaten(part, [...columns, '_extra'])} as s`
}

/** What was not beaten stands, once: the count in the warehouse agrees with what was admitted, and no key stands twice. */
function audits(part: Part, { connection, load }: MergeFacts): readonly Audit[] {
  const { contract } = part
  const raw = rawRelation(contract)
  const admitted = `(select count(*) from ${staged(part, [])}) - (select count(*) from ${beaten(contract)})`
  return [
    {
      name: `${contract.name}: what was loaded stands in the warehouse`,
      sql: `select * from (select ${admitted} as admitted, (select count(*) from ${raw} where _connection = ${quote(connection)} and _load = ${quote(load)}) as standing)
        where admitted <> standing`,
    },
    {
      name: `${contract.name}: every key stands once`,
      sql: `select ${keys(contract, 't')} from ${raw} as t join ${raw} as u on u._connection = t._connection and ${sameKeys(contract, 't', 'u')} and u.rowid <> t.rowid
        where t._connection = ${quote(connection)} and t._load = ${quote(load)}`,
    },
  ]
}
