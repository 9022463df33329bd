import { goneCustomer, goneSince } from './customers.ts'
import { customerGid } from './orders.ts'
import { gid, type Shop } from './shops.ts'
import { isoOf, type World } from './world.ts'

/** What the shop tells of deletions, as the Admin API shows it; one customer vanishes without a word. */
export function* events(world: World, shop: Shop): Generator<Record<string, unknown>> {
  if (world.day < 2) return
  yield {
    __typename: 'BasicEvent',
    id: gid('BasicEvent', shop.idBase / 100 + 1),
    action: 'destroy',
    createdAt: isoOf(goneSince),
    subjectId: customerGid(goneCustomer, shop),
    subjectType: 'CUSTOMER',
  }
}
