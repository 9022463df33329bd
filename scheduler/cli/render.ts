import type { RunEvent } from '../worker.ts'
import type { RunSummary } from './summary.ts'

export const grouped = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
export const amount = (decimal: string): string => {
  const [whole = '0', digits = ''] = decimal.split('.')
  return `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}.${digits.padEnd(2, '0').replace(/0+$/, zeros => (digits.length <= 2 ? zeros : ''))}`.replace(
    /\.$/,
    '.00',
  )
}
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** One line for a pipe; undefined where the event has none. */
export function eventLine(event: RunEvent): string | undefined {
  switch (event.what) {
    case 'started':
      return `start   ${event.step.id}${event.attempt > 1 ? ` (try ${event.attempt})` : ''}`
    case 'done':
      return `ok      ${event.step.id}  ${countsText(event.report.counts)}  ${seconds(event.ms)}`.replace(/ {3,}/, '  ')
    case 'retrying':
      return `again   ${event.step.id}  in ${seconds(event.waitMs)}: ${event.fault.what}`
    case 'failed':
      return `failed  ${event.step.id}: ${event.fault.what} (${event.fault.where})\n        ${event.fault.hint}`
    case 'progress':
      return undefined
  }
}

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
    `The night of ${summary.slot.slice(0, 16)}Z: ${summary.state}, ${summary.seconds.toFixed(1)} s`,
    `  rows      ${count('in')} in, ${count('loaded')} loaded, ${count('rejected')} rejected`,
    `  models    ${count('models')} published`,
    `  sent      ${count('sent')} changes, ${count('acked')} acknowledged${problem(summary, 'refused')}${problem(summary, 'deferred')}${problem(summary, 'unknown')}`,
    `  findings  ${findingsText(summary)}`,
    ...summary.findings
      .filter(({ count: found }) => found > 0)
      .map(
        ({ check, kind, connection, count: found, atRisk }) =>
          `            ${grouped(found).padStart(5)}  ${check}: ${kind}, ${connection}${risk(atRisk)}`,
      ),
    ...summary.notes.map(note => `  note      ${note}`),
    `  slowest   ${summary.slowest.map(({ step, seconds: took }) => `${step} ${took.toFixed(1)} s`).join('; ')}`,
    ...summary.failed.flatMap(({ step, what, hint }) => [`  failed    ${step}: ${what}`, `            ${hint}`]),
    ...(summary.blocked === 0 ? [] : [`  blocked   ${grouped(summary.blocked)} steps wait for what failed`]),
    `  next      ${nextCommand(summary)}`,
  ]
  return `${lines.join('\n')}\n`
}

const problem = (summary: RunSummary, name: string): string =>
  (summary.counts[name] ?? 0) === 0 ? '' : `, ${grouped(summary.counts[name] ?? 0)} ${name}`
const risk = (atRisk: Readonly<Record<string, string>>): string =>
  Object.entries(atRisk)
    .map(([currency, sum]) => `, ${amount(sum)} ${currency} at risk`)
    .join('')

const findingsText = ({ counts, atRisk }: RunSummary): string =>
  (counts.findings ?? 0) === 0
    ? 'none'
    : `${grouped(counts.findings ?? 0)} (${grouped(counts.fresh ?? 0)} new)${risk(atRisk)}`

function nextCommand({ state, counts, run }: RunSummary): string {
  if (state !== 'done') return `boomerang run        (goes on with what failed; boomerang runs ${run} shows each step)`
  if ((counts.rejected ?? 0) > 0) return 'boomerang rejects    (what was not loaded, and why)'
  return 'boomerang status'
}
