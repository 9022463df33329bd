import type { RunEvent } from '../worker.ts'
import { eventLine, grouped, summaryText } from './render.ts'
import type { RunSummary } from './summary.ts'

/** Tells a person or a machine how a run goes. */
export interface Printer {
  readonly tell: (event: RunEvent) => void
  say(sentence: string): void
  summary(summary: RunSummary): void
  end(): void
}

export function printerFor(out: NodeJS.WriteStream, json: boolean): Printer {
  if (json) return jsonPrinter(out)
  return out.isTTY ? livePrinter(out) : linePrinter(out)
}

const jsonPrinter = (out: NodeJS.WriteStream): Printer => {
  const line = (value: unknown): void => void out.write(`${JSON.stringify(value)}\n`)
  return {
    tell: event =>
      line({
        at: new Date().toISOString(),
        ...event,
        step: event.step.id,
        ...('fault' in event
          ? {
              fault: {
                what: event.fault.what,
                where: event.fault.where,
                hint: event.fault.hint,
                retry: event.fault.retry,
              },
            }
          : {}),
      }),
    say: sentence => line({ at: new Date().toISOString(), what: 'said', sentence }),
    summary: summary => line({ at: new Date().toISOString(), what: 'summary', ...summary }),
    end: () => undefined,
  }
}

const linePrinter = (out: NodeJS.WriteStream): Printer => ({
  tell(event) {
    const line = eventLine(event)
    if (line !== undefined) out.write(`${line}\n`)
  },
  say: sentence => void out.write(`${sentence}\n`),
  summary: summary => void out.write(summaryText(summary)),
  end: () => undefined,
})

interface Live {
  readonly since: number
  readonly done: number
  readonly of: number | undefined
}

/** One line for each step that runs, drawn anew four times a second; what has ended scrolls by above. */
function livePrinter(out: NodeJS.WriteStream): Printer {
  const running = new Map<string, Live>()
  let drawn = 0
  const erase = (): void => {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const draw = (): void => {
    erase()
    for (const [id, live] of running)
      out.write(`${liveLine(id, live, Date.now()).slice(0, (out.columns ?? 100) - 1)}\n`)
    drawn = running.size
  }
  const timer = setInterval(draw, 250)
  timer.unref()
  return {
    tell(event) {
      if (event.what === 'started') running.set(event.step.id, { since: Date.now(), done: 0, of: undefined })
      else if (event.what === 'progress')
        running.set(event.step.id, {
          since: running.get(event.step.id)?.since ?? Date.now(),
          done: event.done,
          of: event.of,
        })
      else running.delete(event.step.id)
      const line = event.what === 'started' ? undefined : eventLine(event)
      erase()
      if (line !== undefined) out.write(`${line}\n`)
      draw()
    },
    say(sentence) {
      erase()
      out.write(`${sentence}\n`)
    },
    summary: summary => void out.write(summaryText(summary)),
    end() {
      clearInterval(timer)
      erase()
    },
  }
}

/** What runs, how far it is, how fast, and how long it will take. */
export function liveLine(id: string, { since, done, of }: Live, now: number): string {
  const elapsed = Math.max((now - since) / 1000, 0.001)
  const rate = done / elapsed
  const far = done === 0 ? '' : `  ${grouped(done)}${of === undefined ? '' : ` of ${grouped(of)}`}  ${grouped(rate)}/s`
  const left = of === undefined || done === 0 || rate === 0 ? '' : `  ${grouped((of - done) / rate)} s left`
  return `run     ${id}  ${elapsed.toFixed(0)} s${far}${left}`
}
