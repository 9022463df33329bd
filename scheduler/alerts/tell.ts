import type { AlertRoute } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import { type Office, visitorOf } from '../office.ts'
import { aliveMs, aliveRoute, ping } from './alive.ts'
import { mail } from './mail.ts'
import { type Message, messageOf } from './message.ts'
import { claimNotice, type Sending, settleFailed, settleSent } from './outbox.ts'
import { reaches } from './reach.ts'
import { routeKey } from './routes.ts'
import { slack } from './slack.ts'
import { type Addressed, routeName, type Way } from './way.ts'
import { webhook } from './webhook.ts'

/** How long one place may take to take one message, in milliseconds: nobody waits longer for it. */
const sendMs = 10_000

/** For so long a place that takes nothing is tried, in milliseconds. */
const keepMs = 7 * 24 * 60 * 60_000

export const ways: Readonly<Record<AlertRoute['to'], Way>> = { slack, mail, webhook }

export type Teller = Pick<Office, 'state' | 'environment' | 'outside'>

/** What must be known to speak to a place. */
type Speaker = Omit<Teller, 'state'>

/** One place of the house, and what sends one of its notices there. */
interface Place {
  readonly key: string
  readonly name: string
  readonly keepMs: number
  readonly send: (sending: Sending, signal: AbortSignal) => Promise<void>
}

/**
 * Sends what is owed, every place for itself, until each has all or does not take it; nothing more is begun once the signal has aborted. A
 * notice is claimed, sent, and then marked as sent: a process that is killed between leaves it to be sent again.
 */
export async function tell(teller: Teller, signal: AbortSignal): Promise<void> {
  await Promise.all(placesOf(teller).map(place => tellPlace(teller, place, signal)))
}

async function tellPlace({ state, outside }: Teller, place: Place, signal: AbortSignal): Promise<void> {
  const log = outside.logs.to('alerts')
  while (!signal.aborted) {
    const sending = await claimNotice(state, place.key)
    if (sending === undefined) return
    const facts = { to: place.name, alert: sending.notice.alert, what: sending.notice.what }
    try {
      await place.send(sending, signal)
    } catch (error) {
      const { what: why, waitMs } = outside.masked(toFault(error, place.name))
      const kept = await settleFailed(state, sending, { why, waitMs, keepMs: place.keepMs })
      return log(kept ? 'not sent' : 'given up', { ...facts, why, tries: sending.notice.tries })
    }
    await settleSent(state, sending)
    log('sent', facts)
  }
}

function placesOf(teller: Teller): readonly Place[] {
  const { environment } = teller
  const { alerts = [], alive } = environment
  const told = alerts.map(
    (route): Place => ({
      key: routeKey(route),
      name: routeName(route),
      keepMs,
      async send({ alert, notice: { what, nth } }, signal) {
        if (alert === undefined || what === 'alive') return
        await ways[route.to](
          addressed(teller, route, signal),
          messageOf(alert, { what, nth, environment: environment.name }),
        )
      },
    }),
  )
  if (alive === undefined) return told
  const route = aliveTerms(alive)
  const send: Place['send'] = (_, signal) => ping(addressed(teller, route, signal))
  return [...told, { key: aliveRoute, name: `alive ${alive}`, keepMs: aliveMs, send }]
}

type Addressable = Addressed['route'] & Pick<AlertRoute, 'password'>

/** The route with what its references point at; every secret of it is masked from then on. */
function addressed(teller: Speaker, route: Addressable, signal: AbortSignal): Addressed {
  const { outside } = teller
  const fetch: Context['fetch'] = (url, init) => visitorOf(teller, 'alerts', sendMs).fetch(url, init)
  return {
    route,
    address: outside.secret(route.address),
    password: route.password === undefined ? undefined : outside.secret(route.password),
    fetch,
    signal,
    patienceMs: sendMs,
  }
}

/** Every place of the house, and what looks whether it is there without sending it anything. */
export function placesToReach(teller: Speaker): readonly (readonly [name: string, look: () => Promise<void>])[] {
  const { alerts = [], alive } = teller.environment
  const looking = (route: Addressable) => async (): Promise<void> =>
    reaches[route.to](addressed(teller, route, AbortSignal.timeout(sendMs)))
  return [
    ...alerts.map(route => [`alerts ${routeName(route)}`, looking(route)] as const),
    ...(alive === undefined ? [] : [[`alive ${alive}`, looking(aliveTerms(alive))] as const]),
  ]
}

const aliveTerms = (address: string) => ({ to: 'webhook', address }) as const

/** Sends one message to every place of the house at once, past all that is remembered; undefined where it was taken. */
export async function sendToAll(
  teller: Speaker,
  message: Message,
): Promise<readonly (readonly [string, Fault | undefined])[]> {
  const { outside, environment } = teller
  return Promise.all(
    (environment.alerts ?? []).map(async route => {
      try {
        await ways[route.to](addressed(teller, route, AbortSignal.timeout(2 * sendMs)), message)
        return [routeName(route), undefined] as const
      } catch (error) {
        return [routeName(route), outside.masked(toFault(error, routeName(route)))] as const
      }
    }),
  )
}
