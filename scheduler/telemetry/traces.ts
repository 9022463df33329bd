import type { BullMQOtel } from 'bullmq-otel'
import type { Claim } from '../kernel/claim.ts'
import type { StateTables } from '../state/state.ts'

/** What a step's work came to, as far as a trace tells of it. */
export interface Came {
  readonly outcome: string
  readonly counts?: Readonly<Record<string, number>>
  readonly fault?: { readonly what: string; readonly where: string }
}

/** Tells how long everything took, as spans: run, step, request. The trace of a run is named by the run, in whichever process its steps are done. */
export interface Traces {
  /** Does the work of a claimed step under its span. */
  step<T>(held: Claim, work: (came: (what: Came) => void) => Promise<T>): Promise<T>
  /** Asks the outside under a span of the step that asks; of the URL only host and path are told. */
  request(asked: { readonly method: string; readonly url: string }, work: () => Promise<Response>): Promise<Response>
  /** Told by the process that did the last step. */
  ended(run: StateTables['run']): void
  /** Carries the run through a queue; absent where nothing is traced. */
  readonly queue?: { readonly telemetry: BullMQOtel; readonly metadataOf: (run: string) => string }
  /** Sends what was not sent yet, for some seconds. */
  close(): Promise<void>
}

/** Where the environment names no place for traces. */
export const noTraces: Traces = {
  step: (_, work) => work(() => undefined),
  request: (_, work) => work(),
  ended: () => undefined,
  close: async () => undefined,
}
