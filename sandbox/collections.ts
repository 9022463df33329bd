import { chance } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { days, historyStart, isoOf, type World } from './world.ts'

const titles = ['New', 'Summer', 'Warm things', 'Last pieces']
const collectionCount = titles.length

/** A product of the last collection that leaves it on the second day; the collection's `updatedAt` does not say so. */
export const leavingProduct = 4

/** True where the collection holds the product with this index. */
export const holds = (
  { seed, day }: World,
  shop: Shop,
  { collection, product }: { readonly collection: number; readonly product: number },
): boolean => {
  if (collection === collectionCount - 1 && product === leavingProduct) return day < 2
  return chance(seed, shop.number, collection, product, 'collected') < 0.3
}

/** Collections as the Admin API shows them, with the products that they hold. */
export function* collections(
  world: World,
  shop: Shop,
  products: readonly Record<string, unknown>[],
): Generator<Record<string, unknown>> {
  for (const [collection, title] of titles.entries()) {
    const held = products.filter((_, product) => holds(world, shop, { collection, product }))
    yield {
      __typename: 'Collection',
      id: gid('Collection', shop.idBase / 1000 + collection),
      title,
      handle: title.toLowerCase().replaceAll(' ', '-'),
      sortOrder: collection === 0 ? 'CREATED_DESC' : 'BEST_SELLING',
      updatedAt: isoOf(historyStart + days(collection)),
      productsCount: { count: held.length, precision: 'EXACT' },
      products: held,
    }
  }
}
