import { quote } from '../contracts/admission.ts'
import { add } from '../contracts/decimal.ts'
import { Fault } from '../contracts/fault.ts'
import { instantOf } from '../contracts/instant.ts'
import type { Statement, Warehouse } from '../models/warehouse/warehouse.ts'
import type { Check, Scope } from './checks/check.ts'
import type { FoundSummary, Job, Night, Report, Room, Step } from './job.ts'

interface CheckArgs {
  readonly check: string
  readonly connection: string
  readonly now: string
}

/** Runs the checks of one kind; findings are remembered under `ops.findings` as new, persisting or resolved. */
const checkJob = (job: Check['job']): Job => ({
  name: job,
  async steps(night: Night): Promise<readonly Step[]> {
    return scopesOf(night, job).map(({ check, scope }) => ({
      id: `${job} ${check.name} ${scope.connection}`,
      job,
      args: { check: check.name, connection: scope.connection, now: night.at },
      after: night.before
        .filter(step => step.writes.some(relation => [...check.reads, 'ops.connections'].includes(relation)))
        .map(step => step.id),
      writes: ['ops.findings'],
      risk: check.risk,
    }))
  },
  async run(room: Room, step: Step): Promise<Report> {
    const args = step.args as unknown as CheckArgs
    const found = scopesOf(room, job).find(
      each => each.check.name === args.check && each.scope.connection === args.connection,
    )
    if (found === undefined)
      throw new Fault({
        what: `the project no longer has the check ${args.check} for ${args.connection}`,
        where: step.id,
        hint: 'Run again: the night is then planned anew, as the project is now.',
        retry: 'never',
      })
    return room.warehouse(warehouse => runCheck({ room, step, warehouse, ...found, now: args.now }))
  },
})

export const reconcile = checkJob('reconcile')
export const drift = checkJob('drift')

const scopesOf = (
  { catalogue, environment }: Pick<Night, 'catalogue' | 'environment'>,
  job: Check['job'],
): readonly { readonly check: Check; readonly scope: Scope }[] =>
  catalogue.checks
    .filter(check => check.job === job)
    .flatMap(check => check.scopes(environment.connections).map(scope => ({ check, scope })))

interface Running {
  readonly room: Room
  readonly step: Step
  readonly warehouse: Warehouse
  readonly check: Check
  readonly scope: Scope
  readonly now: string
}

async function runCheck({ room, step, warehouse, check, scope, now }: Running): Promise<Report> {
  const [compared] = await warehouse.query({ sql: check.compared(scope, now) })
  if (Number(compared?.compared ?? 0) === 0)
    throw new Fault({
      what: `${check.name} compared nothing`,
      where: `${check.name} of ${scope.connection}`,
      hint: 'A check that compared nothing is not green: see with `boomerang status` whether both sides have been loaded.',
      retry: 'never',
    })
  const at = instantOf(room.now())
  await warehouse.apply({
    key: `${step.id} ${room.run} ${room.token}`,
    token: room.token,
    writes: step.writes,
    statements: findingStatements({ check, scope, now, at }),
  })
  const rows = await warehouse.query({
    sql: `select kind, currency, count(*) filter (state <> 'resolved') as findings, count(*) filter (state = 'new') as fresh,
        (sum(at_risk) filter (state <> 'resolved'))::varchar as at_risk, count(*) filter (resolved_at = timestamptz ${quote(at)}) as resolved
      from ops.findings where check_name = ${quote(check.name)} and connection = ${quote(scope.connection)}
        and (state <> 'resolved' or resolved_at = timestamptz ${quote(at)}) group by kind, currency order by kind, currency`,
  })
  const sum = (of: 'fresh' | 'resolved'): number => rows.reduce((total, row) => total + Number(row[of]), 0)
  const findings = summaries(
    check,
    scope,
    rows.filter(row => Number(row.findings) > 0),
  )
  return {
    counts: {
      compared: Number(compared?.compared),
      findings: findings.reduce((total, { count }) => total + count, 0),
      fresh: sum('fresh'),
      resolved: sum('resolved'),
    },
    findings,
  }
}

function summaries(check: Check, scope: Scope, rows: Awaited<ReturnType<Warehouse['query']>>): readonly FoundSummary[] {
  const byKind = new Map<string, { count: number; atRisk: Record<string, string> }>()
  for (const { kind, currency, findings, at_risk } of rows) {
    const summary = byKind.get(String(kind)) ?? { count: 0, atRisk: {} }
    summary.count += Number(findings)
    if (currency !== null && at_risk !== null)
      summary.atRisk[String(currency)] = add(summary.atRisk[String(currency)] ?? '0', String(at_risk))
    byKind.set(String(kind), summary)
  }
  return [...byKind].map(([kind, summary]) => ({ check: check.name, kind, connection: scope.connection, ...summary }))
}

interface Finding {
  readonly check: Check
  readonly scope: Scope
  readonly now: string
  readonly at: string
}

/** What is seen for the first time is new, what was seen before persists, what is no longer seen is resolved. */
function findingStatements({ check, scope, now, at }: Finding): readonly Statement[] {
  const mine = `f.check_name = ${quote(check.name)} and f.connection = ${quote(scope.connection)}`
  const instant = `timestamptz ${quote(at)}`
  return [
    `create or replace temp table found as ${check.sql(scope, now)}`,
    `update ops.findings as f set state = 'resolved', resolved_at = ${instant}
      where ${mine} and f.state <> 'resolved' and not exists (select 1 from found as n where n.key = f.key and n.kind = f.kind)`,
    `update ops.findings as f set state = case when f.state = 'resolved' then 'new' when f.first_seen < ${instant} then 'persists' else f.state end,
        first_seen = case when f.state = 'resolved' then ${instant} else f.first_seen end, last_seen = ${instant}, resolved_at = null,
        detail = n.detail, expected = n.expected, found = n.found, at_risk = n.at_risk, currency = n.currency
      from found as n where ${mine} and n.key = f.key and n.kind = f.kind`,
    `insert into ops.findings by name
      select ${quote(check.name)} as check_name, ${quote(scope.connection)} as connection, key, kind, 'new' as state, detail, expected, found, at_risk, currency, since,
        ${instant} as first_seen, ${instant} as last_seen
      from found as n where not exists (select 1 from ops.findings as f where ${mine} and f.key = n.key and f.kind = n.kind)`,
  ].map(sql => ({ sql }))
}
