import { type Nights, nextOfFailed } from '../next.ts'
import { fewOf, type Trouble } from './alert.ts'
import { causesText, type Failed, hintsText, type KeptFault, kindOfCause } from './causes.ts'
import { gravest } from './late.ts'
import { argOf, type Decided, instantAt, type RunRow, type Standing, type StepRow } from './standing.ts'

/** For so long, in milliseconds, a run that still works may add others of the same cause, before what has failed is told. */
export const gatherMs = 5 * 60_000

export interface FailureTerms {
  readonly nights: Nights
  readonly standing: Standing
  readonly decided: ReadonlyMap<string, Decided>
  /** By connection. */
  readonly owners: ReadonlyMap<string, string>
  readonly now: number
}

/** What failed of one cause is one trouble for each owner: it names the first few, and what waits behind them is counted. */
export function failuresOf({ standing, decided, owners, now, nights }: FailureTerms): readonly Trouble[] {
  const failed = [...decided.values()]
    .filter(({ row }) => row.state === 'failed')
    .map((each): Failed => {
      const fault = JSON.parse(each.row.fault ?? '{}') as KeptFault
      return { ...each, fault, owner: owners.get(argOf(each.step, 'connection') ?? '') }
    })
  return [...Map.groupBy(failed, keyOf)]
    .filter(([, group]) => isGathered(group, now))
    .map(([key, group]) => failureTrouble(key, group, { standing, nights }))
}

const isGathered = (group: readonly Failed[], now: number): boolean =>
  group.some(({ run, row }) => run.state !== 'running' || now - (row.ended_at ?? now) >= gatherMs)

/** A guard is known by what it guards: in another night it finds other records. */
const keyOf = ({ run, step, fault, owner }: Failed): string =>
  [
    fault.kind === 'guard' ? 'guard' : 'failed',
    ...(run.kind === 'night' ? [] : [run.id]),
    ...(owner === undefined ? [] : [owner]),
    ...(fault.kind === 'guard' ? [step.job, fault.where] : [kindOfCause(step, fault.what)]),
  ].join(' ')

function failureTrouble(
  key: string,
  group: readonly Failed[],
  { standing: { steps }, nights }: Pick<FailureTerms, 'standing' | 'nights'>,
): Trouble {
  const last = group.at(-1) as Failed
  const { fault, owner, run } = last
  const blocked = blockedBehind(group, steps)
  const ids = group.map(({ row }) => row.id)
  return {
    key,
    kind: fault.kind === 'guard' ? 'guard' : 'failed',
    risk: gravest(group.map(({ step }) => step.risk)),
    ...(owner === undefined ? {} : { owner }),
    what: `${ids.length === 1 ? ids[0] : `${ids.length} steps`} ${fault.kind === 'guard' ? 'stopped by a guard' : 'failed'}: ${causesText(group)}`,
    where: `${runWords(run)}${ids.length === 1 ? '' : `: ${fewOf(ids)}`}`,
    since: instantAt(Math.min(...group.map(({ row }) => row.ended_at ?? 0))),
    counts: { failed: ids.length, ...(blocked === 0 ? {} : { blocked }) },
    atRisk: {},
    hint: `It is not tried again by itself. ${hintsText(group)}`.trim(),
    next: nextOf(group, nights),
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

/** A reject limit names its contract as the place of its fault; what several connections or contracts share is listed for all of them. */
function nextOf(group: readonly Failed[], nights: Nights): string {
  const { run, step, fault } = group.at(-1) as Failed
  if (fault.kind !== 'guard') return `npx ${nextOfFailed(run, nights).command}`
  if (step.job !== 'load') return `npx boomerang runs ${run.id}`
  const contract = only(group.map(each => each.fault.where))
  const connection = only(group.map(each => argOf(each.step, 'connection')))
  return [
    'npx boomerang rejects',
    ...(contract === undefined || contract === 'unclaimed' ? [] : [`--contract ${contract}`]),
    ...(connection === undefined ? [] : [`--connection ${connection}`]),
  ].join(' ')
}

const only = <T>(all: readonly T[]): T | undefined => (new Set(all).size === 1 ? all[0] : undefined)
