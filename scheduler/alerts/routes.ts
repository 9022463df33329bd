import { type AlertRoute, risks } from '../../contracts/connection.ts'
import type { Trouble } from './alert.ts'

/** What a route is remembered by: the same while the settings say the same of it. It holds references, and no secret. */
export const routeKey = ({ to, address, recipients = [], owner }: AlertRoute): string =>
  [to, address, ...recipients, ...(owner === undefined ? [] : [`for ${owner}`])].join(' ')

/**
 * The routes that are told of a trouble. An owner's go to the owner's routes alone; where none of those takes it, and where it has no owner,
 * it goes to the routes that ask for none: a trouble that is grave enough for any of them is never without one.
 */
export function routesFor<R extends AlertRoute>(
  routes: readonly R[],
  { risk, owner }: Pick<Trouble, 'risk' | 'owner'>,
): readonly R[] {
  const grave = routes.filter(({ from }) => risks.indexOf(risk) <= risks.indexOf(from))
  const own = owner === undefined ? [] : grave.filter(route => route.owner === owner)
  return own.length > 0 ? own : grave.filter(route => route.owner === undefined)
}
