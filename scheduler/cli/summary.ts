import { add } from '../../contracts/decimal.ts'
import type { FoundSummary, Report, Step } from '../../jobs/job.ts'
import { type Next, nextOfFailed, nightsOf } from '../next.ts'
import type { Office } from '../office.ts'
import type { RunKind, StateTables } from '../state/state.ts'
import { minute } from './table.ts'

/** What a run did, derived from the reports of its steps. */
export interface RunSummary {
  readonly run: string
  readonly kind: RunKind
  /** What it answered for, in words. */
  readonly title: string
  readonly state: string
  readonly seconds: number
  readonly counts: Readonly<Record<string, number>>
  readonly findings: readonly FoundSummary[]
  readonly atRisk: Readonly<Record<string, string>>
  readonly notes: readonly string[]
  readonly slowest: readonly { readonly step: string; readonly seconds: number }[]
  readonly failed: readonly {
    readonly step: string
    readonly what: string
    readonly where: string
    readonly hint: string
  }[]
  readonly blocked: number
  /** True where what failed was stopped by a guard. */
  readonly stopped: boolean
  /** What to type where it is not done. */
  readonly next?: Next
}

export type SummaryTerms = Pick<Office, 'state' | 'project' | 'outside'>

export async function runSummary({ state, project, outside }: SummaryTerms, run: string): Promise<RunSummary> {
  const row = await state.read.selectFrom('run').selectAll().where('id', '=', run).executeTakeFirstOrThrow()
  const steps = await state.read.selectFrom('step').selectAll().where('run', '=', run).orderBy('ordinal').execute()
  const reports = steps.flatMap(step =>
    step.report === null
      ? []
      : [{ job: (JSON.parse(step.spec) as Step).job, report: JSON.parse(step.report) as Report }],
  )
  const failed = steps
    .filter(step => step.state === 'failed')
    .map(step => ({
      step: step.id,
      ...(JSON.parse(step.fault ?? '{}') as { what: string; where: string; hint: string; kind?: string }),
    }))
  const findings = reports.flatMap(({ report }) => report.findings ?? [])
  const timed = steps
    .filter(step => step.state === 'done')
    .map(step => ({ step: step.id, seconds: ((step.ended_at ?? 0) - (step.started_at ?? 0)) / 1000 }))
  const nights = await nightsOf({ state, schedule: project.schedule, now: outside.now() })
  return {
    run,
    kind: row.kind,
    title: titleOf(row),
    state: row.state,
    seconds: ((row.ended_at ?? (await state.now())) - row.created_at) / 1000,
    counts: countsOf(reports),
    findings,
    atRisk: atRiskOf(findings),
    notes: reports.flatMap(({ report }) => report.notes ?? []),
    slowest: timed.sort((a, b) => b.seconds - a.seconds).slice(0, 3),
    failed: failed.map(({ step, what, where, hint }) => ({ step, what, where, hint })),
    blocked: steps.filter(step => step.state === 'blocked').length,
    stopped: failed.length > 0 && failed.every(({ kind }) => kind === 'guard'),
    ...(row.state === 'done' ? {} : { next: nextOfFailed(row, nights) }),
  }
}

const titleOf = ({ kind, slot }: StateTables['run']): string =>
  kind === 'night' ? `The night of ${minute(slot)}Z` : kind === 'replay' ? `Loaded again: ${slot}` : slot

/** Rows in are counted where they are judged, not again where they are landed. */
function countsOf(
  reports: readonly { readonly job: string; readonly report: Report }[],
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const { job, report } of reports)
    for (const [name, count] of Object.entries(report.counts))
      if (!(job === 'extract' && name === 'in')) sums[name] = (sums[name] ?? 0) + count
  return sums
}

function atRiskOf(findings: readonly FoundSummary[]): Readonly<Record<string, string>> {
  const sums: Record<string, string> = {}
  for (const { atRisk } of findings)
    for (const [currency, amount] of Object.entries(atRisk)) sums[currency] = add(sums[currency] ?? '0', amount)
  return sums
}
