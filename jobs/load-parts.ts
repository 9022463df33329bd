import { columnNames, name, quote } from '../contracts/admission.ts'
import { type Contract, parentsFirst } from '../contracts/contract.ts'
import { Fault } from '../contracts/fault.ts'
import type { Part } from '../models/warehouse/merge.ts'
import type { Local } from '../models/warehouse/warehouse.ts'
import type { Gated } from './gate/gated.ts'
import { packed } from './gate/packed.ts'
import { count } from './gate/stage.ts'
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
  const counts: Record<string, ContractCounts> = {}
  for (const contract of parentsFirst(parts.map(part => part.contract))) {
    const part = parts.find(each => each.contract === contract) as Part
    if (part.empty) {
      counts[contract.name] = none
      continue
    }
    const made = gated
      .flatMap(file => file.stages.filter(stage => stage.contract === part.contract))
      .reduce((sum, stage) => sum + stage.made, 0)
    const orphans = await rejectOrphans(local, part, { parts, gated })
    const staged = await countAll(local, part.stages)
    counts[part.contract.name] = {
      made,
      accepted: staged - orphans,
      rejected: made - staged + orphans,
      waiting: await countWaiting(local, part, gated),
    }
  }
  const unknown: string[] = []
  for (const part of parts) if (!part.empty) unknown.push(...(await unknownColumns(local, part)))
  const sum = (of: (file: Gated) => number): number => gated.reduce((total, file) => total + of(file), 0)
  return {
    parts,
    counts: {
      delivered: sum(file => file.delivered),
      unclaimed: sum(file => file.unclaimed),
      contracts: counts,
      unknown,
    },
  }
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

async function countAll(local: Local, relations: readonly string[]): Promise<number> {
  let total = 0
  for (const relation of relations) total += await count(local, `select count(*) from ${relation}`)
  return total
}

/** A child whose parent was not accepted waits with it; one whose parent was not delivered at all says so. */
async function rejectOrphans(
  local: Local,
  part: Part,
  { parts, gated }: { parts: readonly Part[]; gated: readonly Gated[] },
): Promise<number> {
  const { contract } = part
  const parent = parts.find(each => each.contract.name === contract.parent?.contract)
  const rejects = gated[0]?.rejects
  if (contract.parent === undefined || parent === undefined || rejects === undefined) return 0
  const column = name(contract.parent.column)
  const parents = standing(parent, parts)
  const rejected = gated
    .map(file => `select record from ${file.rejects} where contract = ${quote(parent.contract.name)}`)
    .join(' union all ')
  const breach = `json_array(json_object('column', ${quote(contract.parent.column)}, 'code', case when ${column} in (${rejected}) then 'parent_rejected' else 'parent_missing' end,
    'allowed', ${quote(`a ${parent.contract.name} that was accepted`)}, 'found', ${column}))`
  const before = await count(local, `select count(*) from ${rejects}`)
  for (const stage of part.stages)
    await local.run(`insert into ${rejects} by name
      select ${quote(contract.name)} as contract, concat_ws('|', ${contract.key.map(name).join(', ')}) as record, _position as position, _ordinal as ordinal,
        to_json(${packed(columnNames(contract.row).map(column => [column, name(column)]))})::varchar as raw, ${breach} as breaches
      from ${stage} where ${column} not in (${parents})`)
  return (await count(local, `select count(*) from ${rejects}`)) - before
}

/** The keys of what was staged and has its parent, and that one its own. */
function standing({ contract, stages }: Part, parts: readonly Part[]): string {
  const parent = parts.find(each => each.contract.name === contract.parent?.contract)
  const kept =
    parent === undefined ? '' : ` where ${name(contract.parent?.column ?? '')} in (${standing(parent, parts)})`
  return stages.map(stage => `select ${name(contract.key[0] ?? '')} from ${stage}${kept}`).join(' union all ')
}

async function countWaiting(local: Local, { contract }: Part, gated: readonly Gated[]): Promise<number> {
  let waiting = 0
  for (const { rejects } of gated)
    waiting += await count(
      local,
      `select count(*) from ${rejects} where contract = ${quote(contract.name)} and json_extract_string(breaches, '$[0].code') = 'parent_rejected'`,
    )
  return waiting
}

async function unknownColumns(local: Local, part: Part): Promise<readonly string[]> {
  const all = part.stages.map(
    stage => `select distinct unnest(json_keys(_extra)) as column_name from ${stage} where _extra is not null`,
  )
  if (all.length === 0) return []
  const rows = await local.query(
    `select distinct column_name from (${all.join(' union all ')}) order by column_name limit 20`,
  )
  return rows.map(row => `${part.contract.name}.${row.column_name}`)
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
