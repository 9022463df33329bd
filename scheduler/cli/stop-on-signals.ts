import { exitCodes } from '../exit-codes.ts'

export interface Stop {
  readonly signal: AbortSignal
  /** What the first signal does. */
  stop(): void
  done(): void
}

/** How long steps may take to stop, in milliseconds; then they are left as a killed process leaves them. */
export const graceMs = 30_000

/** A timer that is longer would fire at once: https://developer.mozilla.org/en-US/docs/Web/API/Window/setTimeout#maximum_delay_value */
const longestMs = 2 ** 31 - 1

/** The first signal, or the end of the time that is given, asks the steps to stop and gives them back; the second, or the end of the grace, ends the process at once. */
export function stopOnSignals(givenMs = longestMs): Stop {
  const stop = new AbortController()
  let late: NodeJS.Timeout | undefined
  const leave = (): never => process.exit(exitCodes.interrupted.code)
  const ask = (): void => {
    stop.abort()
    late = setTimeout(leave, graceMs)
  }
  const onSignal = (): void => (stop.signal.aborted ? leave() : ask())
  const over = setTimeout(
    () => {
      if (!stop.signal.aborted) ask()
    },
    Math.min(givenMs, longestMs),
  )
  over.unref()
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    signal: stop.signal,
    stop: () => stop.abort(),
    done() {
      clearTimeout(late)
      clearTimeout(over)
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    },
  }
}
