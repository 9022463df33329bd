import { name, quote } from '../../contracts/admission.ts'
import { type Contract, tableOf } from '../../contracts/contract.ts'
import { keys, sameKeys } from './keys.ts'
import type { MergeFacts, Part } from './merge.ts'
import { rawRelation } from './raw.ts'
import type { Audit, Statement } from './warehouse.ts'

export interface TombstoneTerms {
  /** Contracts whose records may be found gone by this load, and all below them. */
  readonly contracts: readonly Contract[]
  /** Contracts that bring the word for these; of another nothing can be heard. */
  readonly words: readonly Contract[]
  /** Parts that hold every record that there is; whatever else stands is gone. */
  readonly whole: readonly Part[]
  /** Relation (contract, record, …) of what was rejected: a bad record is not a lost one. */
  readonly rejects: string
}

/**
 * Marks what is gone, and what stands below it. A word (an event) gives its own instant and outweighs a sweep; a record that changed after
 * the word stands, and so does one that was read after the sweep began. Runs behind the merge, in the same transaction.
 */
export function tombstones(
  { contracts, words, whole, rejects }: TombstoneTerms,
  facts: MergeFacts,
): { readonly statements: readonly Statement[]; readonly audits: readonly Audit[] } {
  const sql = contracts.flatMap(contract => {
    const part = whole.find(each => each.contract.name === contract.name)
    const found = [
      ...[contract.gone]
        .filter(word => words.some(({ name: known }) => known === word?.contract))
        .map(word => byWord(contract, word as Word, facts)),
      ...(part === undefined ? [] : [bySweep(contract, { part, rejects }, facts)]),
    ]
    return found.length === 0 ? [] : [collect(contract, found), ...mark(contract, { contracts, facts })]
  })
  return {
    statements: sql.map(text => ({ sql: text })),
    audits: whole.flatMap(part => limit(part, contracts, facts)),
  }
}

/** How many rows of these contracts a load has marked. */
export const goneCount = (
  contracts: readonly Contract[],
  { connection, load }: Pick<MergeFacts, 'connection' | 'load'>,
): string =>
  `select ${contracts.map(contract => `(select count(*) from ${rawRelation(contract)} where _connection = ${quote(connection)} and _deleted_load = ${quote(load)})`).join(' + ')}`

const gone = (contract: Contract): string => name(`gone_${tableOf(contract)}`)

/** Of several ways in which one record was found gone, the word before the sweep. */
const collect = (contract: Contract, found: readonly string[]): string =>
  `create or replace temp table ${gone(contract)} as select * from (${found.join(' union all ')})
    qualify row_number() over (partition by ${contract.key.map(name).join(', ')} order by way, gone_at) = 1`

type Word = NonNullable<Contract['gone']>

const byWord = (contract: Contract, word: Word, { connection }: MergeFacts): string =>
  `select ${keys(contract, 't')}, d.${name(word.at)} as gone_at, 'event' as way from ${rawRelation(contract)} as t
    join ${rawRelation({ name: word.contract })} as d on d._connection = t._connection and d.${name(word.column)} = t.${name(contract.key[0] ?? '')}
    where t._connection = ${quote(connection)} and (t._deleted_at is null or t._deleted_by <> 'event') and t.${name(contract.changed ?? '')} <= d.${name(word.at)}`

const bySweep = (
  contract: Contract,
  { part, rejects }: { readonly part: Part; readonly rejects: string },
  { connection, extractedAt }: MergeFacts,
): string =>
  `select ${keys(contract, 't')}, timestamptz ${quote(extractedAt)} as gone_at, 'sweep' as way from ${rawRelation(contract)} as t
    where t._connection = ${quote(connection)} and t._deleted_at is null and t._extracted_at < timestamptz ${quote(extractedAt)}
      and not exists (select 1 from (${part.stages.map(stage => `select ${contract.key.map(name).join(', ')} from ${stage}`).join(' union all ')}) as s where ${sameKeys(contract, 's', 't')})
      and concat_ws('|', ${keys(contract, 't')}) not in (select record from ${rejects} where contract = ${quote(contract.name)} and record is not null)`

interface Marking {
  readonly contracts: readonly Contract[]
  readonly facts: MergeFacts
}

/** What is found gone, and then its children, theirs, and so on. */
const mark = (contract: Contract, marking: Marking): readonly string[] => [
  marked(contract, marking, `from ${gone(contract)} as g where ${sameKeys(contract, 't', 'g')}`),
  ...childrenOf(contract, marking).flatMap(child => markBelow(contract, child, marking)),
]

const childrenOf = (contract: Contract, { contracts }: Marking): readonly Contract[] =>
  contracts.filter(({ parent }) => parent?.contract === contract.name)

const marked = (contract: Contract, { facts }: Marking, from: string): string =>
  `update ${rawRelation(contract)} as t set _deleted_at = g.gone_at, _deleted_by = g.way, _deleted_load = ${quote(facts.load)} ${from} and t._connection = ${quote(facts.connection)}`

/** Children are known by their parent; only those that have children themselves are written down for them. */
function markBelow(parent: Contract, child: Contract, marking: Marking): readonly string[] {
  const theirs = `t.${name(child.parent?.column ?? '')} = g.${name(parent.key[0] ?? '')}`
  if (childrenOf(child, marking).length === 0)
    return [marked(child, marking, `from ${gone(parent)} as g where ${theirs}`)]
  return [
    `create or replace temp table ${gone(child)} as select ${keys(child, 't')}, g.gone_at, g.way from ${rawRelation(child)} as t
      join ${gone(parent)} as g on ${theirs} where t._connection = ${quote(marking.facts.connection)}`,
    ...mark(child, marking),
  ]
}

const usualLimit = { share: 0.1, atLeast: 50 }

/** A shop that lost half of its orders has more likely lost the right to show them. */
function limit(
  { contract: { name: wanted } }: Part,
  contracts: readonly Contract[],
  facts: MergeFacts,
): readonly Audit[] {
  const contract = contracts.find(each => each.name === wanted)
  if (contract === undefined) return []
  const { share, atLeast } = contract.goneLimit ?? usualLimit
  return [
    {
      name: `${contract.name}: not more than ${share * 100} % vanish at once (goneLimit of the contract)`,
      sql: `select vanished, standing from (select (select count(*) from ${gone(contract)} where way = 'sweep') as vanished,
        (select count(*) from ${rawRelation(contract)} where _connection = ${quote(facts.connection)} and (_deleted_at is null or _deleted_at = timestamptz ${quote(facts.extractedAt)})) as standing)
        where vanished > ${atLeast} and vanished > ${share} * standing`,
    },
  ]
}
