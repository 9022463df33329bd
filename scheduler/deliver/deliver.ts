/** A nudge: this step may be ready. It may come twice, late, or never, in any process; the kernel decides. */
export interface Wake {
  readonly run: string
  readonly step: string
  /** How often it has been begun so far: a wake of an earlier try is another one. */
  readonly attempt: number
  /** What only one step at a time may hold; absent where it needs no such thing. */
  readonly pool?: string
  /** From 0 on; what is lower goes first. */
  readonly priority: number
}

/** Wakes steps, and nothing else: it keeps no truth, and losing all that it holds costs seconds. */
export interface Deliverer {
  /** Begins to hand wakes to `handle`, a bounded number at a time. */
  start(handle: (wake: Wake) => Promise<void>): void
  /** Takes wakes; one that already waits is not taken twice. */
  offer(wakes: readonly Wake[]): void
  /** Hands out nothing more, and resolves when what runs has ended. */
  stop(): Promise<void>
}
