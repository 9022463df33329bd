import { moneys } from '../../contracts/decimal.ts'
import type { RunEvent } from '../worker.ts'
import { eventLine, type Live, liveLine, summaryText } from './render.ts'
import type { RunSummary } from './summary.ts'

/** Tells a person or a machine how a run goes. */
export interface Printer {
  readonly tell: (event: RunEvent) => void
  say(sentence: string): void
  summary(summary: RunSummary): void
  end(): void
}

/** What a printer needs of a stream. */
export interface Out {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export function printerFor(out: Out, json: boolean): Printer {
  if (json) return jsonPrinter(out)
  return out.isTTY === true ? livePrinter(out) : linePrinter(out)
}

const progressEveryMs = 1_000

/** One JSON object a line; of a step's progress at most one a second. */
function jsonPrinter(out: Out): Printer {
  const line = (value: object): void => {
    out.write(`${JSON.stringify({ at: new Date().toISOString(), ...value })}\n`)
  }
  const progressed = new Map<string, number>()
  const isDue = (event: RunEvent): boolean => {
    if (event.what !== 'progress') return true
    const due = Date.now() - (progressed.get(event.step.id) ?? 0) >= progressEveryMs
    if (due) progressed.set(event.step.id, Date.now())
    return due
  }
  return {
    tell(event) {
      if (isDue(event)) line(eventJson(event))
    },
    say: sentence => line({ what: 'said', sentence }),
    summary: summary => line({ what: 'summary', ...summaryJson(summary) }),
    end: () => undefined,
  }
}

const summaryJson = (summary: RunSummary): RunSummary => ({
  ...summary,
  findings: summary.findings.map(found => ({ ...found, atRisk: moneys(found.atRisk) })),
  atRisk: moneys(summary.atRisk),
})

function eventJson(event: RunEvent): object {
  const plain = { ...event, step: event.step.id }
  if (!('fault' in event)) return plain
  const { what, where, hint, retry } = event.fault
  return { ...plain, fault: { what, where, hint, retry } }
}

const linePrinter = (out: Out): Printer => ({
  tell(event) {
    const line = eventLine(event)
    if (line !== undefined) out.write(`${line}\n`)
  },
  say: sentence => void out.write(`${sentence}\n`),
  summary: summary => void out.write(summaryText(summary)),
  end: () => undefined,
})

const drawEveryMs = 250

/** One line for each step that runs, drawn anew four times a second; what has ended scrolls by above. */
function livePrinter(out: Out): Printer {
  const running = new Map<string, Live>()
  let drawn = 0
  const erase = (): void => {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const draw = (above: string): void => {
    erase()
    const width = (out.columns ?? 100) - 1
    const lines = [...running].map(([id, live]) => `${liveLine(id, live, Date.now()).slice(0, width)}\n`)
    out.write(`${above}${lines.join('')}`)
    drawn = lines.length
  }
  const timer = setInterval(() => draw(''), drawEveryMs)
  timer.unref()
  return {
    tell(event) {
      follow(running, event, Date.now())
      if (event.what === 'progress') return
      const line = event.what === 'started' ? undefined : eventLine(event)
      draw(line === undefined ? '' : `${line}\n`)
    },
    say: sentence => draw(`${sentence}\n`),
    summary: summary => void out.write(summaryText(summary)),
    end() {
      clearInterval(timer)
      erase()
    },
  }
}

function follow(running: Map<string, Live>, event: RunEvent, now: number): void {
  const { id } = event.step
  if (event.what === 'started') running.set(id, { since: now, done: 0, of: undefined })
  else if (event.what === 'progress')
    running.set(id, { since: running.get(id)?.since ?? now, done: event.done, of: event.of })
  else running.delete(id)
}
