import { columnNames, name, quote } from '../contracts/admission.ts'
import { type Contract, parentsFirst } from '../contracts/contract.ts'
import { Fault } from '../contracts/fault.ts'
import type { Part } from '../models/warehouse/merge.ts'
import type { Local } from '../models/warehouse/warehouse.ts'
import type { Gated } from './gate/gated.ts'
import { packed } from './gate/packed.ts'
import type { Claim } from './sources/source.ts'

export type ContractCounts = {
  readonly made: number
  readonly accepted: number
  readonly rejected: number
  /** Of the rejected, those that broke nothing themselves and wait with their parent. */
  readonly waiting: number
}

/** The counts of one load: delivered = claimed + unclaimed, and of each contract made = accepted + rejected. */
export interface LoadCounts {
  readonly delivered: number
  readonly unclaimed: number
  readonly contracts: Readonly<Record<string, ContractCounts>>
  /** Columns that no claim names, as `contract.column`; their values stand in `_extra`. */
  readonly unknown: readonly string[]
}

/** Joins what the gate made of all files of a landing; children without an accepted parent become rejects here. */
export async function gatherParts(
  local: Local,
  claims: readonly Claim[],
  gated: readonly Gated[],
): Promise<{ readonly parts: readonly Part[]; readonly counts: LoadCounts }> {
  const parts = contractsOf(claims)
    .map(contract => partOf(contract, { claims, gated }))
    .filter(({ stages }) => stages.length > 0)
  const brought = parentsFirst(parts.filter(({ empty }) => !empty).map(({ contract }) => contract)).map(
    contract => parts.find(part => part.contract === contract) as Part,
  )
  const orphans = brought.flatMap(part => rejectOrphans(part, { parts, gated }))
  if (orphans.length > 0) await local.run(orphans.join(';\n'))
  const without = await countOrphans(local, gated, orphans.length > 0)
  const sum = (of: (file: Gated) => number): number => gated.reduce((total, file) => total + of(file), 0)
  return {
    parts,
    counts: {
      delivered: sum(file => file.delivered),
      unclaimed: sum(file => file.unclaimed),
      contracts: Object.fromEntries(
        parentsFirst(parts.map(({ contract }) => contract)).map(contract => [
          contract.name,
          countsOf(contract, gated, without.get(contract.name)),
        ]),
      ),
      unknown: await unknownColumns(local, brought, gated),
    },
  }
}

interface Orphans {
  readonly orphans: number
  readonly waiting: number
}

function countsOf(contract: Contract, gated: readonly Gated[], without?: Orphans): ContractCounts {
  const stages = gated.flatMap(file => file.stages.filter(stage => stage.contract === contract))
  const made = stages.reduce((sum, stage) => sum + stage.made, 0)
  const staged = stages.reduce((sum, stage) => sum + stage.staged, 0)
  const { orphans, waiting } = without ?? { orphans: 0, waiting: 0 }
  return { made, accepted: staged - orphans, rejected: made - staged + orphans, waiting }
}

/** Several claims may bring records of one contract. */
export const contractsOf = (claims: readonly Claim[]): readonly Contract[] => [
  ...new Set(claims.map(({ contract }) => contract)),
]

function partOf(
  contract: Contract,
  { claims, gated }: { readonly claims: readonly Claim[]; readonly gated: readonly Gated[] },
): Part {
  const stages = gated.flatMap(file => file.stages.filter(stage => stage.contract === contract))
  return {
    contract,
    stages: stages.map(stage => stage.relation),
    inline: stages.some(stage => stage.inline),
    empty: stages.every(({ made }) => made === 0),
    presence: claims.some(claim => claim.contract === contract && claim.presence === true),
  }
}

/** A child whose parent was not accepted waits with it; one whose parent was not delivered at all says so. */
function rejectOrphans(
  { contract, stages }: Part,
  { parts, gated }: { parts: readonly Part[]; gated: readonly Gated[] },
): readonly string[] {
  const parent = parts.find(each => each.contract.name === contract.parent?.contract)
  const rejects = gated[0]?.rejects
  if (contract.parent === undefined || parent === undefined || rejects === undefined) return []
  const column = name(contract.parent.column)
  const rejected = gated
    .map(file => `select record from ${file.rejects} where contract = ${quote(parent.contract.name)}`)
    .join(' union all ')
  const breach = `json_array(json_object('column', ${quote(contract.parent.column)}, 'code', case when ${column} in (${rejected}) then ${quote(codes.waiting)} else ${quote(codes.missing)} end,
    'allowed', ${quote(`a ${parent.contract.name} that was accepted`)}, 'found', ${column}))`
  return stages.map(
    stage => `insert into ${rejects} by name
      select ${quote(contract.name)} as contract, concat_ws('|', ${contract.key.map(name).join(', ')}) as record, _position as position, _ordinal as ordinal,
        to_json(${packed(columnNames(contract.row).map(each => [each, name(each)]))})::varchar as raw, ${breach} as breaches
      from ${stage} where ${column} not in (${standing(parent, parts)})`,
  )
}

/** What the judge never says of a record: its parent was rejected, or not delivered. */
const codes = { waiting: 'parent_rejected', missing: 'parent_missing' }

/** The children that were rejected for their parent's sake, by contract. */
async function countOrphans(
  local: Local,
  gated: readonly Gated[],
  looked: boolean,
): Promise<ReadonlyMap<string, Orphans>> {
  const rejects = gated[0]?.rejects
  if (rejects === undefined || !looked) return new Map()
  const rows = await local.query(
    `select contract, count(*) as orphans, count(*) filter (code = ${quote(codes.waiting)}) as waiting
      from (select contract, json_extract_string(breaches, '$[0].code') as code from ${rejects})
      where code in (${Object.values(codes).map(quote).join(', ')}) group by contract`,
  )
  return new Map(
    rows.map(({ contract, orphans, waiting }) => [
      String(contract),
      { orphans: Number(orphans), waiting: Number(waiting) },
    ]),
  )
}

/** The keys of what was staged and has its parent, and that one its own. */
function standing({ contract, stages }: Part, parts: readonly Part[]): string {
  const parent = parts.find(each => each.contract.name === contract.parent?.contract)
  const kept =
    parent === undefined ? '' : ` where ${name(contract.parent?.column ?? '')} in (${standing(parent, parts)})`
  return stages.map(stage => `select ${name(contract.key[0] ?? '')} from ${stage}${kept}`).join(' union all ')
}

async function unknownColumns(
  local: Local,
  parts: readonly Part[],
  gated: readonly Gated[],
): Promise<readonly string[]> {
  const beside = new Set(
    gated.flatMap(({ stages }) => stages.filter(stage => stage.beside).map(stage => stage.relation)),
  )
  const all = parts.flatMap(({ contract, stages }, at) =>
    stages
      .filter(stage => beside.has(stage))
      .map(
        stage =>
          `select ${at} as place, ${quote(contract.name)} as contract, unnest(json_keys(_extra)) as column_name from ${stage} where _extra is not null`,
      ),
  )
  if (all.length === 0) return []
  const rows = await local.query(
    `select contract, column_name from (select distinct * from (${all.join(' union all ')}))
      qualify row_number() over (partition by place order by column_name) <= 20 order by place, column_name`,
  )
  return rows.map(row => `${row.contract}.${row.column_name}`)
}

/** All rejects of a load as one relation of the local engine. */
export async function stageRejects(local: Local, gated: readonly Gated[]): Promise<string> {
  const empty = `select ''::varchar as contract, ''::varchar as record, 0::bigint as position, 0::bigint as ordinal, ''::varchar as raw, '[]'::json as breaches, ''::varchar as file limit 0`
  await local.run(
    `create or replace table gate.rejects as ${[`(${empty})`, ...gated.map(file => `select * from ${file.rejects}`)].join(' union all by name ')}`,
  )
  return 'gate.rejects'
}

const none: ContractCounts = { made: 0, accepted: 0, rejected: 0, waiting: 0 }

/**
 * The Fault that stops a load whose rejects pass a contract's limit; nothing of the landing reaches `raw`. Lines that no contract
 * claims are held to the limit of the first.
 */
export function overLimit(counts: LoadCounts, contracts: readonly Contract[]): Fault | undefined {
  const held = contracts.map(({ name: contract, rejectLimit }) => {
    const { made, rejected, waiting } = counts.contracts[contract] ?? none
    return { contract, rejectLimit, made, rejected: rejected - waiting }
  })
  const { delivered, unclaimed } = counts
  const [first] = held
  if (first !== undefined) held.push({ ...first, contract: 'unclaimed', made: delivered, rejected: unclaimed })
  const over = held.find(
    ({ rejectLimit, made, rejected }) => rejected > rejectLimit.atLeast && rejected > made * rejectLimit.share,
  )
  if (over === undefined) return undefined
  const { contract, rejectLimit, made, rejected } = over
  return new Fault({
    what: `${rejected} of ${made} records ${contract === 'unclaimed' ? 'are of no contract' : `of ${contract} were rejected`}, and the limit is ${rejectLimit.share * 100} %; the load was stopped`,
    where: contract,
    hint: `Look at \`boomerang rejects --contract ${contract}\`. Nothing of the landing was loaded and the interval stays open.`,
    retry: 'never',
    kind: 'guard',
  })
}
