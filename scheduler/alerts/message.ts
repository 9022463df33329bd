import type { Risk } from '../../contracts/connection.ts'
import { amount, countsText } from '../cli/render.ts'
import type { Alert } from './alert.ts'
import { instantAt } from './standing.ts'

/** What is told of one alert, before any place gives it its form. */
export interface Message {
  readonly id: string
  /** The same where the same is told again: whoever keeps it knows what has come twice. */
  readonly once: string
  readonly state: 'opened' | 'recovered'
  /** 0 where it is told for the first time. */
  readonly reminder: number
  readonly environment: string
  readonly kind: string
  readonly risk: Risk
  readonly owner: string | undefined
  readonly what: string
  readonly where: string
  readonly since: string
  readonly openedAt: string
  readonly recoveredAt: string | undefined
  readonly counts: Readonly<Record<string, number>>
  readonly atRisk: Readonly<Record<string, string>>
  readonly hint: string
  readonly next: string
}

export interface Telling {
  readonly what: 'opened' | 'recovered'
  readonly nth: number
  readonly environment: string
}

export function messageOf({ id, trouble, openedAt, closedAt }: Alert, { what, nth, environment }: Telling): Message {
  return {
    id,
    once: `${id}-${what}-${nth}`,
    state: what,
    reminder: nth,
    environment,
    kind: trouble.kind,
    risk: trouble.risk,
    owner: trouble.owner,
    what: trouble.what,
    where: trouble.where,
    since: trouble.since,
    openedAt: instantAt(openedAt),
    recoveredAt: what === 'recovered' ? instantAt(closedAt ?? openedAt) : undefined,
    counts: trouble.counts,
    atRisk: trouble.atRisk,
    hint: trouble.hint,
    next: trouble.next,
  }
}

/** All that there is to say in one line. */
export function subjectOf({ state, reminder, risk, what, environment }: Message): string {
  const head = state === 'recovered' ? 'recovered' : reminder > 0 ? `${risk}, still open` : risk
  return oneLine(`[boomerang ${environment}] ${head}: ${what}`)
}

export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** The rest, each under its word; what says nothing is left out. */
export function factsOf(message: Message): readonly (readonly [word: string, text: string])[] {
  const { state, where, since, recoveredAt, owner, hint, id } = message
  const rows: readonly (readonly [string, string])[] = [
    ['where', where],
    ['since', `${minute(since)}${recoveredAt === undefined ? '' : `, over at ${minute(recoveredAt)}`}`],
    ['counts', countsText(message.counts)],
    ['at risk', moneyText(message.atRisk)],
    ['owner', owner ?? ''],
    ['first', state === 'opened' ? hint : ''],
    ['alert', id],
  ]
  return rows.filter(([, text]) => text !== '').map(([word, text]) => [word, oneLine(text)])
}

export const nextOf = ({ state, next }: Message): string => (state === 'recovered' ? '' : next)

export const moneyText = (atRisk: Readonly<Record<string, string>>): string =>
  Object.entries(atRisk)
    .map(([currency, sum]) => `${amount(sum)} ${currency}`)
    .join(', ')

const minute = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')}Z`
