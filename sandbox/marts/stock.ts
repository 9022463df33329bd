import { badShelf, oversold } from '../drops.ts'
import { badLevel, badVariant, levels, variantsOf } from '../products.ts'
import { gid } from '../shops.ts'
import { nowOf, type World } from '../world.ts'
import { allShops, instant, type MartRow } from './ledger.ts'

/** What each shop offers beside what was counted, without the planted rows that no contract allows. */
export const stockRows = (world: World): readonly MartRow[] =>
  allShops.flatMap(shop => {
    const refused = variantsOf(world, shop).find(each => each.product % 1000 === badVariant)
    return levels(world, shop)
      .filter(({ variant, index }) => variant !== refused && index !== badLevel)
      .map(({ variant, location, available, committed, index }) => {
        const isShort = oversold.some(each => each === index)
        const shelf = index === badShelf ? null : isShort ? available - 4 : available + committed
        return {
          connection: shop.name,
          product_id: gid('Product', variant.product),
          variant_id: gid('ProductVariant', variant.id),
          sku: variant.sku,
          location_id: gid('Location', location.id),
          location: location.name,
          shop_available: available,
          shop_on_hand: available + committed,
          wms_on_hand: shelf,
          wms_available: shelf === null ? null : isShort ? available - 4 : available,
          gap: shelf === null ? null : shelf - available,
          counted_at: shelf === null ? null : instant(nowOf(world) - 2 * 3_600_000),
        }
      })
  })
