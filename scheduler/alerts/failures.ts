import type { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import { fewOf, type Trouble } from './alert.ts'
import { gravest } from './late.ts'
import { argOf, type Decided, instantAt, type RunRow, type Standing, type StepRow } from './standing.ts'

/** For so long, in milliseconds, a run that still works may add others of the same cause, before what has failed is told. */
export const gatherMs = 5 * 60_000

type KeptFault = Pick<Fault, 'what' | 'where' | 'hint' | 'kind'>

interface Failed extends Decided {
  readonly fault: KeptFault
  readonly owner: string | undefined
}

export interface FailureTerms {
  readonly standing: Standing
  readonly decided: ReadonlyMap<string, Decided>
  /** By connection. */
  readonly owners: ReadonlyMap<string, string>
  readonly now: number
}

/** What failed of one cause is one trouble for each owner: it names the first few, and what waits behind them is counted. */
export function failuresOf({ standing, decided, owners, now }: FailureTerms): readonly Trouble[] {
  const failed = [...decided.values()]
    .filter(({ row }) => row.state === 'failed')
    .map((each): Failed => {
      const fault = JSON.parse(each.row.fault ?? '{}') as KeptFault
      return { ...each, fault, owner: owners.get(argOf(each.step, 'connection') ?? '') }
    })
  return [...Map.groupBy(failed, keyOf)]
    .filter(([, group]) => isGathered(group, now))
    .map(([key, group]) => failureTrouble(key, group, standing))
}

const isGathered = (group: readonly Failed[], now: number): boolean =>
  group.some(({ run, row }) => run.state !== 'running' || now - (row.ended_at ?? now) >= gatherMs)

const keyOf = ({ run, step, fault, owner }: Failed): string =>
  [
    fault.kind === 'guard' ? 'guard' : 'failed',
    ...(run.kind === 'night' ? [] : [run.id]),
    ...(owner === undefined ? [] : [owner]),
    causeOf(step, fault.what),
  ].join(' ')

/** The words of a fault without what differs from step to step: counts, and the names that the step has itself. */
function causeOf(step: Step, what = ''): string {
  const own = ['pipeline', 'connection', 'check', 'contract']
    .flatMap(name => argOf(step, name) ?? [])
    .concat(step.id)
    .toSorted((a, b) => b.length - a.length)
  return own.reduce((text, name) => text.replaceAll(name, '…'), what).replaceAll(/\d+([.,]\d+)*/g, '#')
}

function failureTrouble(key: string, group: readonly Failed[], { steps }: Standing): Trouble {
  const last = group.at(-1) as Failed
  const { fault, owner, run } = last
  const blocked = blockedBehind(group, steps)
  const ids = group.map(({ row }) => row.id)
  return {
    key,
    kind: fault.kind === 'guard' ? 'guard' : 'failed',
    risk: gravest(group.map(({ step }) => step.risk)),
    ...(owner === undefined ? {} : { owner }),
    what: `${ids.length === 1 ? ids[0] : `${ids.length} steps`} ${fault.kind === 'guard' ? 'stopped by a guard' : 'failed'}: ${fault.what}`,
    where: `${runWords(run)}${ids.length === 1 ? '' : `: ${fewOf(ids)}`}`,
    since: instantAt(Math.min(...group.map(({ row }) => row.ended_at ?? 0))),
    counts: { failed: ids.length, ...(blocked === 0 ? {} : { blocked }) },
    atRisk: {},
    hint: `It is not tried again by itself. ${fault.hint ?? ''}`.trim(),
    next: nextOf(last),
    parts: group.map(({ step, row }) => [
      row.id,
      ...['pipeline', 'connection', 'check'].flatMap(name => argOf(step, name) ?? []),
    ]),
    failures: group.map(each => ({ run: each.run.id, step: each.row.id })),
  }
}

const runWords = ({ kind, slot, id }: RunRow): string =>
  kind === 'night' ? `the night of ${slot.slice(0, 16).replace('T', ' ')}Z (${id})` : `${slot} (${id})`

function blockedBehind(group: readonly Failed[], steps: readonly StepRow[]): number {
  const behind = new Set(group.map(({ run, row }) => `${run.id} waits for "${row.id}", which failed`))
  return steps.filter(({ run, state, fault }) => {
    if (state !== 'blocked' || fault === null) return false
    return behind.has(`${run} ${(JSON.parse(fault) as KeptFault).what}`)
  }).length
}

/** A reject limit names its contract as the place of its fault. */
function nextOf({ run, step, fault }: Failed): string {
  const connection = argOf(step, 'connection')
  if (fault.kind === 'guard' && step.job === 'load' && connection !== undefined)
    return `npx boomerang rejects${fault.where === 'unclaimed' ? '' : ` --contract ${fault.where}`} --connection ${connection}`
  if (run.state === 'superseded') return 'npx boomerang status --why'
  return fault.kind === 'guard' ? `npx boomerang runs ${run.id}` : `npx boomerang retry ${run.id}`
}
