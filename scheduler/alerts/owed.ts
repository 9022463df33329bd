import type { AlertRoute } from '../../contracts/connection.ts'
import type { StateTables } from '../state/state.ts'
import type { Alert, Mute } from './alert.ts'
import { isMuted } from './decide.ts'
import { routeKey, routesFor } from './routes.ts'

export type NoticeRow = StateTables['notice']

/** An alert that nobody has acknowledged is told again after so long, in milliseconds. */
export const remindMs = 24 * 60 * 60_000

export interface Owing {
  readonly alert: Alert
  /** What the alert's places were told, or are to be told. */
  readonly notices: readonly NoticeRow[]
  readonly routes: readonly AlertRoute[]
  readonly mutes: readonly Mute[]
  readonly now: number
}

export interface Owed {
  readonly add: readonly Pick<NoticeRow, 'route' | 'what' | 'nth'>[]
  /** Never tried, and no longer true. */
  readonly drop: readonly NoticeRow[]
}

/** What must still be told of one alert, place by place: that it is there once and, at times, again; that it is over to whom may know of it. */
export function owedOf({ alert, notices, routes, mutes, now }: Owing): Owed {
  if (alert.closedAt !== undefined) return owedAtEnd(notices)
  if (alert.acked !== undefined || isMuted(alert, mutes, now)) return { add: [], drop: [] }
  const add = routesFor(routes, alert.trouble).flatMap(route => {
    const key = routeKey(route)
    const told = notices.filter(notice => notice.route === key && notice.what === 'opened')
    const nth = told.length
    if (nth > 0 && !told.every(({ sent_at }) => sent_at !== null && now - sent_at >= remindMs)) return []
    return [{ route: key, what: 'opened' as const, nth }]
  })
  return { add, drop: [] }
}

function owedAtEnd(notices: readonly NoticeRow[]): Owed {
  const drop = notices.filter(({ what, state, tries }) => what === 'opened' && state === 'due' && tries === 0)
  const told = new Set(
    notices.filter(notice => notice.what === 'opened' && !drop.includes(notice)).map(({ route }) => route),
  )
  return { add: [...told].map(route => ({ route, what: 'recovered', nth: 0 })), drop }
}
