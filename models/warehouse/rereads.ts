import { columnNames, name, quote } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { sameKeys } from './keys.ts'
import type { MergeFacts, Part } from './merge.ts'
import { rawRelation } from './raw.ts'
import type { Statement } from './warehouse.ts'

/**
 * Statements that measure what changed without saying so, to run before the merge: of each contract, the records that stand with the same
 * instant of change as what was read again, and those whose content differs. Of children the sets are compared, each under its parent.
 */
export const rereadStatements = (
  parts: readonly Part[],
  facts: MergeFacts & { readonly at: string },
): readonly Statement[] =>
  parts
    .filter(({ presence, contract }) => !presence && rootOf(contract, parts)?.contract.changed !== undefined)
    .map(part => ({
      sql: `insert into ops.rereads by name
        select ${quote(facts.load)} as load, ${quote(facts.connection)} as connection, ${quote(part.contract.name)} as contract, timestamptz ${quote(facts.at)} as at,
          count(*) as compared, count(*) filter (where differs) as silent,
          coalesce(to_json((list(record order by record) filter (where differs))[1:5]), '[]'::json) as examples
        from (${compared(part, parts, facts)})`,
    }))

const parentOf = ({ parent }: Contract, parts: readonly Part[]): Part | undefined =>
  parts.find(({ contract }) => contract.name === parent?.contract)

function rootOf(contract: Contract, parts: readonly Part[]): Part | undefined {
  const above = parentOf(contract, parts)
  if (above !== undefined) return rootOf(above.contract, parts)
  return contract.parent === undefined ? parts.find(part => part.contract === contract) : undefined
}

const keyOf = ({ contract }: Part): string => name(contract.key[0] ?? '')
const staged = ({ stages }: Part): string =>
  `(${stages.map(stage => `select * from ${stage}`).join(' union all by name ')})`
const content = ({ contract }: Part, from: string): string =>
  `hash(${columnNames(contract.row)
    .map(column => `${from}.${name(column)}`)
    .join(', ')})`

/** Rows of record and differs. */
function compared(part: Part, parts: readonly Part[], facts: MergeFacts): string {
  const parent = parentOf(part.contract, parts)
  if (parent === undefined) return `select ${keyOf(part)} as record, differs from (${standing(part, facts)})`
  const column = name(part.contract.parent?.column ?? '')
  const sets = (rows: string): string =>
    `(select ${column} as parent, bit_xor(${content(part, 'c')}) as content from ${rows} as c group by all)`
  const raw = `(select * from ${rawRelation(part.contract)} where _connection = ${quote(facts.connection)})`
  return `select p.key as record, n.content is distinct from o.content as differs from (${same(parent, parts, facts)}) as p
    left join ${sets(staged(part))} as n on n.parent = p.key left join ${sets(raw)} as o on o.parent = p.key`
}

/** Of a root: what stands with the same instant of change, and whether its content differs. */
function standing(part: Part, { connection }: MergeFacts): string {
  const { contract } = part
  return `select s.${keyOf(part)}, ${content(part, 's')} <> ${content(part, 't')} as differs from ${staged(part)} as s
    join ${rawRelation(contract)} as t on t._connection = ${quote(connection)} and ${sameKeys(contract, 's', 't')}
    where s.${name(contract.changed ?? '')} = t.${name(contract.changed ?? '')} and t._deleted_at is null`
}

/** The keys under which children are compared: their root has the same instant of change. */
function same(part: Part, parts: readonly Part[], facts: MergeFacts): string {
  const parent = parentOf(part.contract, parts)
  if (parent === undefined) return `select ${keyOf(part)} as key from (${standing(part, facts)})`
  return `select ${keyOf(part)} as key from ${rawRelation(part.contract)}
    where _connection = ${quote(facts.connection)} and ${name(part.contract.parent?.column ?? '')} in (${same(parent, parts, facts)})`
}
