import { money } from '../../contracts/decimal.ts'
import type { FoundSummary } from '../../jobs/job.ts'
import type { Next } from '../next.ts'
import type { RunEvent } from '../worker.ts'
import type { RunSummary } from './summary.ts'
import { counted, grouped, groupedDigits } from './table.ts'

/** An exact decimal for a person: grouped, with at least two digits behind the point and none that says nothing. */
export function amount(decimal: string): string {
  const [whole = '0', digits = ''] = money(decimal).split('.')
  return `${groupedDigits(whole)}.${digits}`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** One line for a pipe; undefined where the event has none. */
export function eventLine(event: RunEvent): string | undefined {
  const { id } = event.step
  switch (event.what) {
    case 'started':
      return `start   ${id}${event.attempt > 1 ? `  (try ${event.attempt})` : ''}`
    case 'done':
      return `ok      ${[id, countsText(event.report.counts), seconds(event.ms)].filter(part => part !== '').join('  ')}`
    case 'retrying':
      return `again   ${id}  in ${seconds(event.waitMs)}: ${event.fault.what} (${event.fault.where})`
    case 'failed':
      return `failed  ${id}: ${event.fault.what} (${event.fault.where})\n        ${event.fault.hint}`
    case 'lost':
      return `lost    ${id}: another process has taken it over`
    case 'released':
      return `left    ${id}: given back undone`
    case 'progress':
      return undefined
  }
}

export interface Live {
  readonly since: number
  readonly done: number
  readonly of: number | undefined
}

/** What runs, how far it is, how fast, and how long it will take. */
export function liveLine(id: string, { since, done, of }: Live, now: number): string {
  const elapsed = Math.max((now - since) / 1000, 0.001)
  const parts = [`run     ${id}`, `${elapsed.toFixed(0)} s`]
  if (done > 0) {
    const rate = done / elapsed
    parts.push(of === undefined ? grouped(done) : `${grouped(done)} of ${grouped(of)}`, `${grouped(rate)}/s`)
    if (of !== undefined) parts.push(`${grouped(Math.max(of - done, 0) / rate)} s left`)
  }
  return parts.join('  ')
}

/** `in 1,234, loaded 1,230`: what is zero is left out. */
export const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} ${grouped(count)}`)
    .join(', ')

/** The block at the end of a run. */
export function summaryText(summary: RunSummary): string {
  const count = (name: string): string => grouped(summary.counts[name] ?? 0)
  const lines = [
    '',
    `${summary.title}: ${summary.state}, ${summary.seconds.toFixed(1)} s`,
    ...(summary.kind === 'build' ? [`  models    ${count('models')} published`] : wholeLine(summary)),
    ...foldedNotes(summary.notes).map(note => `  note      ${note}`),
    ...(summary.slowest.length === 0
      ? []
      : [`  slowest   ${summary.slowest.map(({ step, seconds: took }) => `${step} ${took.toFixed(1)} s`).join('; ')}`]),
    ...summary.failed.flatMap(({ step, what, where, hint }) => [
      `  failed    ${step}: ${what} (${where})`,
      `            ${hint}`,
    ]),
    ...(summary.blocked === 0 ? [] : [`  blocked   ${counted(summary.blocked, 'step')}, waiting for what failed`]),
    `  next      ${nextCommand(summary)}`,
  ]
  return `${lines.join('\n')}\n`
}

/** What a model reads and no connection brings, as its build says it. */
const emptyNote = /^(\S+): no connection of (\S+) brings \S+: what it reads of it is empty$/

/** A house that has not every system would be told of each view of the others, every night: of more than three, one line. */
export function foldedNotes(notes: readonly string[]): readonly string[] {
  const empty = notes.map(note => emptyNote.exec(note)).filter(found => found !== null)
  if (empty.length <= 3) return notes
  const names = empty.map(([, model]) => model).toSorted()
  const environment = empty[0]?.[2]
  return [
    ...notes.filter(note => !emptyNote.test(note)),
    `${names.length} models are empty, since no connection of ${environment} brings what they read: ${names.slice(0, 3).join(', ')} and ${names.length - 3} more`,
  ]
}

export const nextText = ({ command, does }: Next): string => `${command}    (${does})`

/** What a night did along the whole line. */
function wholeLine(summary: RunSummary): readonly string[] {
  const { counts } = summary
  const count = (name: string): string => grouped(counts[name] ?? 0)
  return [
    `  rows      ${count('in')} in, ${count('loaded')} loaded, ${count('rejected')} rejected${also(counts, 'corrected')}${also(counts, 'gone')}`,
    `  models    ${count('models')} published`,
    `  sent      ${count('sent')} changes, ${count('acked')} acknowledged${also(counts, 'refused', 'deferred', 'unknown')}`,
    `  findings  ${findingsText(summary)}`,
    ...summary.findings.filter(({ count: found }) => found > 0).map(findingLine),
  ]
}

/** Counts that are named only where there are any. */
const also = (counts: RunSummary['counts'], ...names: readonly string[]): string =>
  names
    .filter(name => (counts[name] ?? 0) > 0)
    .map(name => `, ${grouped(counts[name] ?? 0)} ${name}`)
    .join('')

const findingLine = ({ check, kind, connection, count, atRisk }: FoundSummary): string =>
  `            ${grouped(count).padStart(5)}  ${check}: ${kind}, ${connection}${risk(atRisk)}`

const risk = (atRisk: Readonly<Record<string, string>>): string =>
  Object.entries(atRisk)
    .map(([currency, sum]) => `, ${amount(sum)} ${currency} at risk`)
    .join('')

const findingsText = ({ counts, atRisk }: RunSummary): string =>
  (counts.findings ?? 0) === 0
    ? 'none'
    : `${grouped(counts.findings ?? 0)} (${grouped(counts.fresh ?? 0)} new, ${grouped(counts.resolved ?? 0)} resolved)${risk(atRisk)}`

function nextCommand({ next, counts }: RunSummary): string {
  if (next !== undefined) return nextText(next)
  if ((counts.rejected ?? 0) > 0) return 'boomerang rejects    (what was not loaded, and why)'
  return 'boomerang status'
}
