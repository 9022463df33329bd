import { setTimeout as wait } from 'node:timers/promises'

/** How often a planner of the house looks, in milliseconds. */
export const tickMs = 15_000

/** Makes a planner look; whatever it is, its loss costs one tick of the planner's own. */
export interface Nudge {
  /** Begins to call; begun again, it mends what was lost of it. */
  keep(): Promise<void>
  close(): Promise<void>
}

export interface TickTerms {
  /** Milliseconds. */
  readonly everyMs: number
  readonly look: () => Promise<void>
  readonly signal: AbortSignal
  /** Makes what calls between the ticks; nothing does where it is absent. */
  readonly nudge?: (call: () => void) => Nudge
}

/** Looks at once, at each tick and at each nudge, one look at a time, until the signal aborts. */
export async function tick({ everyMs, look, signal, nudge: make }: TickTerms): Promise<void> {
  let called = new AbortController()
  const nudge = make?.(() => called.abort())
  try {
    while (!signal.aborted) {
      called = new AbortController()
      await look()
      await nudge?.keep()
      const until = AbortSignal.any([signal, called.signal])
      if (!until.aborted) await wait(everyMs, undefined, { signal: until }).catch(() => undefined)
    }
  } finally {
    await nudge?.close()
  }
}
