import { add } from '../../contracts/decimal.ts'
import type { FoundSummary, Report } from '../../jobs/job.ts'
import { shellWord, type Trouble } from './alert.ts'
import { type Decided, instantAt, type Standing } from './standing.ts'

/** What the checks found when they last were done: one trouble for each check and connection. */
export function findingsOf(standing: Standing, owners: ReadonlyMap<string, string>): readonly Trouble[] {
  return [...lastDone(standing).values()].flatMap(({ row, step, run }) => {
    const { findings = [], counts } = JSON.parse(row.report ?? '{"counts":{}}') as Report
    const found = findings.filter(({ count }) => count > 0)
    const [first] = found
    if (first === undefined) return []
    const owner = owners.get(first.connection)
    return [
      {
        key: `findings ${first.check} ${first.connection}`,
        kind: 'findings',
        risk: step.risk,
        ...(owner === undefined ? {} : { owner }),
        what: `${first.check} on ${first.connection} found ${found.map(({ kind, count }) => `${count} ${kind}`).join(', ')}`,
        where: `${row.id}, run ${run.id}`,
        since: instantAt(row.ended_at),
        counts: { findings: found.reduce((sum, { count }) => sum + count, 0), new: counts.fresh ?? 0 },
        atRisk: atRiskOf(found),
        hint: '',
        next: `npx boomerang findings --check ${shellWord(first.check)} --connection ${first.connection}`,
        parts: [[first.check, first.connection]],
        failures: [],
      } satisfies Trouble,
    ]
  })
}

/** A check that failed since says nothing: what it found before stands. */
function lastDone({ runs, steps }: Standing): ReadonlyMap<string, Decided> {
  const of = Map.groupBy(steps, ({ run }) => run)
  const found = new Map<string, Decided>()
  for (const run of runs.filter(({ kind }) => kind === 'night'))
    for (const row of of.get(run.id) ?? [])
      if (row.report?.includes('"findings"') === true) found.set(row.id, { run, row, step: JSON.parse(row.spec) })
  return found
}

function atRiskOf(found: readonly FoundSummary[]): Readonly<Record<string, string>> {
  const sums: Record<string, string> = {}
  for (const { atRisk } of found)
    for (const [currency, amount] of Object.entries(atRisk)) sums[currency] = add(sums[currency] ?? '0', amount)
  return sums
}
