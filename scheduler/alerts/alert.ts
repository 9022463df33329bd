import type { Risk } from '../../contracts/connection.ts'

/**
 * Something that a person should know of, as one look finds it. It is the same trouble at every look that gives the same key, whichever
 * process looks.
 */
export interface Trouble {
  readonly key: string
  readonly kind: TroubleKind
  readonly risk: Risk
  /** Whom it concerns; everybody where it is absent. */
  readonly owner?: string
  /** One sentence, which says the same at each look while nothing has changed. */
  readonly what: string
  readonly where: string
  /** A UTC instant. */
  readonly since: string
  readonly counts: Readonly<Record<string, number>>
  /** Exact decimals by currency. */
  readonly atRisk: Readonly<Record<string, string>>
  /** What a person should do before the next command; empty where the command is all. */
  readonly hint: string
  /** The command to type next. */
  readonly next: string
  /** What it is about, part by part, each by the names under which a person may mute it. */
  readonly parts: readonly (readonly string[])[]
  /** The steps whose failure it tells of: it is over when they are done. */
  readonly failures: readonly Failure[]
}

/** `failed`: a step that is not tried again. `guard`: one that a guard stopped. `findings`: what checks found. `redis`: it is away. */
export type TroubleKind = 'failed' | 'guard' | 'late' | 'findings' | 'planner' | 'redis'

export interface Failure {
  readonly run: string
  readonly step: string
}

/** A trouble that is remembered. Times are milliseconds of the store's clock. */
export interface Alert {
  readonly id: string
  readonly trouble: Trouble
  readonly openedAt: number
  readonly closedAt: number | undefined
  readonly acked: Deed | undefined
}

/** Who did something about an alert, when, and why. */
export interface Deed {
  readonly who: string
  readonly why: string
  readonly at: number
}

export interface Mute extends Deed {
  readonly name: string
  readonly until: number
}

/** A word as a shell takes it. */
export const shellWord = (text: string): string =>
  /^[\w.:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** The first few of many, and how many more there are. */
export function fewOf(all: readonly string[], few = 3): string {
  const more = all.length - few
  return `${all.slice(0, few).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
