import { collections } from '../collections.ts'
import { customers } from '../customers.ts'
import { discounts } from '../discounts.ts'
import { abandonedCheckouts, draftOrders } from '../drafts.ts'
import { events } from '../events.ts'
import { orderNode } from '../order-node.ts'
import { orderFacts } from '../orders.ts'
import { balanceTransactions, payouts } from '../payouts.ts'
import { inventoryItems, products } from '../products.ts'
import type { Shop } from '../shops.ts'
import { catalogs, companies, locations, priceLists } from '../trade.ts'
import type { World } from '../world.ts'
import type { Node } from './graphql.ts'
import type { Search } from './search.ts'

export const rootNames = [
  'orders',
  'customers',
  'products',
  'productVariants',
  'collections',
  'inventoryItems',
  'discountNodes',
  'draftOrders',
  'abandonedCheckouts',
  'priceLists',
  'catalogs',
  'companies',
  'locations',
  'events',
] as const
export type RootName = (typeof rootNames)[number]

/** Lists that stand in an object of the query root. */
export const innerNames = ['payouts', 'balanceTransactions'] as const
export type ListName = RootName | (typeof innerNames)[number]

/** The objects of a root that a search matches, made one at a time. */
export function* rootNodes(
  world: World,
  shop: Shop,
  { root, search }: { readonly root: ListName; readonly search: Search },
): Generator<Node> {
  for (const node of candidates(world, shop, { root, search })) if (search.matches(node)) yield node
}

const others: Readonly<
  Record<Exclude<ListName, 'orders' | 'customers'>, (world: World, shop: Shop) => Iterable<Node>>
> = {
  products,
  *productVariants(world, shop) {
    for (const { variants } of products(world, shop)) yield* variants as readonly Node[]
  },
  collections: (world, shop) => collections(world, shop, [...products(world, shop)]),
  inventoryItems,
  discountNodes: discounts,
  draftOrders,
  abandonedCheckouts,
  priceLists,
  catalogs,
  companies,
  locations,
  payouts,
  balanceTransactions,
  events,
}

/** Orders and customers are many: only those that can match are made. */
function* candidates(
  world: World,
  shop: Shop,
  { root, search }: { readonly root: ListName; readonly search: Search },
): Generator<Node> {
  if (root === 'orders') for (const facts of orderFacts(world, shop, search.updated)) yield orderNode(facts, shop)
  else if (root === 'customers') yield* customers(world, shop, search.updated)
  else yield* others[root](world, shop)
}
