import { attachedTo } from './attached.ts'
import { between, chance, pick } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { days, historyStart, isoOf, nowOf, type World } from './world.ts'

export interface Variant {
  readonly product: number
  readonly id: number
  readonly item: number
  readonly sku: string
  readonly title: string
  /** In cents. */
  readonly price: number
}

export const productCount = 60
const sizes = ['S', 'M', 'L', 'XL']
const things = ['Shirt', 'Mug', 'Lamp', 'Scarf', 'Bag', 'Cap']
const catalogues = new Map<string, readonly Variant[]>()

export function variantsOf({ seed }: World, shop: Shop): readonly Variant[] {
  const key = `${seed} ${shop.name}`
  const known = catalogues.get(key)
  if (known !== undefined) return known
  const all = Array.from({ length: productCount }, (_, product) => {
    const count = between(1, 4, chance(seed, shop.number, product, 'variants'))
    const code = `${pick(things, chance(seed, product, 'thing'))
      .slice(0, 2)
      .toUpperCase()}${100 + product}`
    const price = 100 * between(5, 120, chance(seed, shop.number, product, 'price')) + 90
    return Array.from({ length: count }, (_, n) => ({
      product: shop.idBase / 1000 + product,
      id: shop.idBase / 100 + product * 10 + n,
      item: shop.idBase / 50 + product * 10 + n,
      sku: `${code}-${sizes[n]}`,
      title: `${pick(things, chance(seed, product, 'thing'))} ${product} / ${sizes[n]}`,
      price,
    }))
  }).flat()
  catalogues.set(key, all)
  return all
}

/** Money as the Admin API writes it: at least one digit after the point, no more than it needs. */
export function cents(amount: number): string {
  const rest = Math.abs(amount % 100)
  const whole = `${amount < 0 ? '-' : ''}${Math.floor(Math.abs(amount) / 100)}`
  if (rest % 10 === 0) return `${whole}.${rest / 10}`
  return `${whole}.${rest < 10 ? '0' : ''}${rest}`
}

export const money = (amount: number, { currency }: Shop): Readonly<Record<string, unknown>> => ({
  amount: cents(amount),
  currencyCode: currency,
})

/** The same amount in the shop's currency and in the customer's. */
export function bag(amount: number, shop: Shop): Readonly<Record<string, unknown>> {
  const shopMoney = money(amount, shop)
  return { shopMoney, presentmentMoney: shopMoney }
}

/** Products as the Admin API shows them, with their variants; the planted variant has a price that no contract allows. */
export function* products(world: World, shop: Shop): Generator<Record<string, unknown>> {
  const variants = variantsOf(world, shop)
  for (let product = 0; product < productCount; product += 1) {
    const mine = variants.filter(each => each.product === shop.idBase / 1000 + product)
    const created = historyStart - days(30) + product * 3_600_000
    const node: Record<string, unknown> = {
      __typename: 'Product',
      id: gid('Product', shop.idBase / 1000 + product),
      title: mine[0]?.title.split(' / ')[0],
      handle: `product-${product}`,
      status: product % 20 === 19 ? 'DRAFT' : 'ACTIVE',
      vendor: shop.name === 'north' ? 'Nordlicht' : 'Sundown',
      productType: 'Goods',
      tags: product % 3 === 0 ? ['new', 'summer'] : [],
      createdAt: isoOf(created),
      updatedAt: isoOf(created + days(product % 25)),
      totalInventory: mine.length * 80,
      metafields: attachedTo({ type: 'Product', id: shop.idBase / 1000 + product, index: product, created }),
    }
    node.variants = mine.map((variant, n) => ({ ...variantNode(variant, { n, created, world }), product: node }))
    yield node
  }
}

export const badVariant = 9
/** The first variant of this product is given a new price on the second day; the product's `updatedAt` does not say so. */
export const repricedProduct = 3
const repricedAt = nowOf({ day: 2 }) - 2 * 3_600_000

const isRepriced = ({ day }: World, variant: Variant, n: number): boolean =>
  day >= 2 && variant.product % 1000 === repricedProduct && n === 0

/** In cents, as the shop shows it: once it has been repriced it costs a whole unit more. */
export const shownPrice = (world: World, variant: Variant, n: number): number =>
  variant.price + (isRepriced(world, variant, n) ? 100 : 0)

const variantNode = (
  variant: Variant,
  { n, created, world }: { readonly n: number; readonly created: number; readonly world: World },
): Record<string, unknown> => ({
  __typename: 'ProductVariant',
  id: gid('ProductVariant', variant.id),
  sku: variant.sku,
  barcode: null,
  price: variant.product % 1000 === badVariant && n === 0 ? '12,50' : (shownPrice(world, variant, n) / 100).toFixed(2),
  compareAtPrice: n % 3 === 2 ? ((variant.price + 1000) / 100).toFixed(2) : null,
  inventoryQuantity: 80,
  position: n + 1,
  createdAt: isoOf(created),
  updatedAt: isoOf(isRepriced(world, variant, n) ? repricedAt : created + days(1)),
  inventoryItem: { id: gid('InventoryItem', variant.item) },
})

export interface Level {
  readonly variant: Variant
  readonly location: Shop['locations'][number]
  readonly at: number
  readonly available: number
  readonly committed: number
  readonly index: number
}

/** What the shop believes to have, per variant and location, as of the world's day. */
export function levels(world: World, shop: Shop): readonly Level[] {
  return variantsOf(world, shop).flatMap((variant, n) =>
    shop.locations.map((location, place) => {
      const index = n * shop.locations.length + place
      const available = between(5, 90, chance(world.seed, shop.number, index, world.day, 'available'))
      return { variant, location, index, at: nowOf(world) - 3_600_000 - index * 1000, available, committed: index % 4 }
    }),
  )
}

export const badLevel = 11

/** Inventory items with their levels; the planted level holds a quantity in words. */
export function* inventoryItems(world: World, shop: Shop): Generator<Record<string, unknown>> {
  const all = levels(world, shop)
  for (const variant of variantsOf(world, shop)) {
    const id = gid('InventoryItem', variant.item)
    yield {
      __typename: 'InventoryItem',
      id,
      sku: variant.sku,
      tracked: true,
      requiresShipping: true,
      unitCost: variant.product % 5 === 0 ? null : money(Math.floor(variant.price / 2), shop),
      countryCodeOfOrigin: variant.product % 2 === 0 ? 'PT' : null,
      createdAt: isoOf(historyStart - days(30)),
      updatedAt: isoOf(historyStart - days(29)),
      inventoryLevels: all.filter(level => level.variant === variant).map(level => levelNode(level, id)),
    }
  }
}

const levelNode = (level: Level, item: string): Record<string, unknown> => ({
  __typename: 'InventoryLevel',
  id: `${gid('InventoryLevel', level.location.id * 1_000_000 + level.index)}?inventory_item_id=${level.variant.item}`,
  isActive: true,
  createdAt: isoOf(historyStart - days(30)),
  updatedAt: isoOf(level.at),
  location: { id: gid('Location', level.location.id), name: level.location.name },
  item: { id: item, sku: level.variant.sku },
  quantities: [
    { name: 'available', quantity: level.index === badLevel ? 'ten' : level.available },
    { name: 'on_hand', quantity: level.available + level.committed },
    { name: 'committed', quantity: level.committed },
    { name: 'incoming', quantity: 0 },
    { name: 'reserved', quantity: 0 },
  ],
})
