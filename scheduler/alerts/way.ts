import type { AlertRoute } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Message } from './message.ts'

/** A place that a message is sent to, with what its references point at. */
export interface Addressed {
  readonly route: Pick<AlertRoute, 'to' | 'address' | 'owner' | 'sender' | 'recipients'>
  readonly address: string
  readonly password: string | undefined
  readonly fetch: Context['fetch']
  /** Aborts when nobody should wait any longer. */
  readonly signal: AbortSignal
  readonly patienceMs: number
}

/** Sends one message. Resolves when the place has taken it; otherwise a Fault says why, and shows no address that is a secret. */
export type Way = (to: Addressed, message: Message) => Promise<void>

/** What a place answered that did not take it; `waitMs` where it asked to be left alone. */
export const refused = (
  route: Addressed['route'],
  what: string,
  { hint, waitMs }: { readonly hint: string; readonly waitMs?: number | undefined },
): Fault =>
  new Fault({ what, where: routeName(route), retry: 'later', hint, ...(waitMs === undefined ? {} : { waitMs }) })

/** A route as a person knows it from the settings. */
export const routeName = ({ to, address, owner }: Addressed['route']): string =>
  `${to} ${address}${owner === undefined ? '' : ` for ${owner}`}`

export interface Said {
  readonly status: number
  /** No more than a person would read. */
  readonly text: string
  /** In milliseconds, where it asked to be left alone. */
  readonly waitMs: number | undefined
}

/** Asks the address, and gives what it said; what breaks on the way is told without the address. */
export async function asked(
  { route, address, fetch, signal, patienceMs }: Addressed,
  init: RequestInit,
): Promise<Said> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    const response = await fetch(address, { ...init, redirect: 'manual', signal: patience })
    const text = (await response.text()).slice(0, 200)
    return { status: response.status, text, waitMs: waitOf(response.headers.get('retry-after')) }
  } catch (error) {
    const why = error instanceof Fault ? error.what : `no answer came within ${patienceMs / 1000} seconds`
    throw refused(route, why, { hint: 'See that the address is right and can be reached from this machine.' })
  }
}

export const posted = (to: Addressed, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Said> =>
  asked(to, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

/** A number of seconds or a date, as milliseconds from now; undefined where it says nothing. */
function waitOf(retryAfter: string | null, now = Date.now()): number | undefined {
  if (retryAfter === null) return undefined
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined
}
