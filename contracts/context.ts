/** A JSON value as `JSON.parse` gives it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A step's own memory: it outlives a killed process, and only the holder of the step's token may write it. */
export interface Resume {
  get(name: string): Promise<Json | undefined>
  /** Durable when it resolves. `undefined` forgets the name. */
  set(name: string, value: Json | undefined): Promise<void>
}

/** The only door outside: clock, network, secrets, log. Everything that has an effect is handed in through it. */
export interface Context {
  readonly now: () => Date
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  /**
   * The value behind a reference such as `env:NAME`, `file:path#key` or `cmd:op read …`; a Fault names the reference, never the value.
   * `fresh` reads again what may have been kept since an earlier look.
   */
  readonly secret: (reference: string, fresh?: boolean) => string
  /** Masks a value from then on wherever it would be shown, as if it were a secret: for what was given out in exchange for one. */
  readonly hide: (value: string) => void
  /** One structured line. Facts must hold no secret and no personal field. */
  readonly log: (event: string, facts?: Readonly<Record<string, Json>>) => void
  /** Resolves after the time, or rejects at once when the step is aborted. */
  readonly sleep: (ms: number) => Promise<void>
  readonly signal: AbortSignal
  readonly resume: Resume
}
