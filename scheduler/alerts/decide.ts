import type { Alert, Mute, Trouble } from './alert.ts'

/** What one look changes in what is remembered. */
export interface Decision {
  readonly open: readonly Trouble[]
  /** The same trouble, with what is known of it now; nobody is told again. */
  readonly refresh: readonly { readonly id: string; readonly trouble: Trouble }[]
  readonly close: readonly string[]
}

/** Compares what is remembered with what is found. A failure is over when each of its steps is mended, not while it is tried again. */
export function decide(
  open: readonly Alert[],
  troubles: readonly Trouble[],
  isMended: (failure: Trouble['failures'][number]) => boolean,
): Decision {
  const known = new Map(open.map(alert => [alert.trouble.key, alert]))
  const found = new Set(troubles.map(({ key }) => key))
  return {
    open: troubles.filter(({ key }) => !known.has(key)),
    refresh: troubles.flatMap(trouble => {
      const alert = known.get(trouble.key)
      if (alert === undefined) return []
      const now = since(trouble, alert.trouble)
      return JSON.stringify(now) === JSON.stringify(alert.trouble) ? [] : [{ id: alert.id, trouble: now }]
    }),
    close: open
      .filter(({ trouble }) => !found.has(trouble.key) && trouble.failures.every(isMended))
      .map(({ id }) => id),
  }
}

const since = (trouble: Trouble, before: Trouble): Trouble => ({
  ...trouble,
  since: [trouble.since, before.since].toSorted()[0] ?? trouble.since,
})

/** True where every part of it is muted: what else there is must still be told. */
export const isMuted = ({ id, trouble }: Alert, mutes: readonly Mute[], now: number): boolean => {
  const quiet = new Set(mutes.filter(({ until }) => until > now).map(({ name }) => name))
  return quiet.has(id) || trouble.parts.every(names => names.some(name => quiet.has(name)))
}
