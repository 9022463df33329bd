import { customerGid } from './orders.ts'
import { variantsOf } from './products.ts'
import { between, chance } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { days, historyStart, isoOf, nowOf, type World } from './world.ts'

type Node = Readonly<Record<string, unknown>>

const listNames = ['Trade', 'Abroad']
const catalogTypes = ['CompanyLocationCatalog', 'MarketCatalog', 'AppCatalog'] as const
const companyNames = ['Berg & Sons', 'Lund Interiors', 'Reed Hotels', 'Stone Supplies']
/** On the second day this company is gone, and the first one's first location has moved; neither says so elsewhere. */
const goneCompany = 2
const movedAt = nowOf({ day: 2 }) - 5 * 3_600_000

const idOf = (shop: Shop, index: number): number => shop.idBase / 1000 + index

/** Every so many variants have a fixed price in a list; on the second day the first of them costs a whole unit less. */
const fixedIn = (world: World, shop: Shop, list: number): readonly Node[] =>
  variantsOf(world, shop)
    .filter((_, n) => n % (7 + list) === list)
    .map((variant, n) => ({
      __typename: 'PriceListPrice',
      originType: 'FIXED',
      variant: { id: gid('ProductVariant', variant.id) },
      price: money(variant.price * 0.8 - (n === 0 && world.day >= 2 ? 100 : 0), shop),
      compareAtPrice: n % 3 === 0 ? money(variant.price, shop) : null,
    }))

const money = (amount: number, { currency }: Shop): Node => ({
  amount: (Math.round(amount) / 100).toFixed(2),
  currencyCode: currency,
})

/** The price that is lowered on the second day, as it is now. */
export function loweredPrice(world: World, shop: Shop): Readonly<Record<'list' | 'variant' | 'amount', unknown>> {
  const [first] = fixedIn(world, shop, 0) as readonly { readonly variant: Node; readonly price: Node }[]
  return { list: gid('PriceList', idOf(shop, 0)), variant: first?.variant.id, amount: first?.price.amount }
}

/** Price lists as the Admin API shows them: without any instant. */
export function* priceLists(world: World, shop: Shop): Generator<Node> {
  for (const [list, name] of listNames.entries()) {
    const prices = fixedIn(world, shop, list)
    yield {
      __typename: 'PriceList',
      id: gid('PriceList', idOf(shop, list)),
      name,
      currency: shop.currency,
      fixedPricesCount: prices.length,
      catalog: { id: gid(catalogTypes[list] ?? '', idOf(shop, list)) },
      parent: list === 0 ? { adjustment: { type: 'PERCENTAGE_DECREASE', value: 12.5 } } : null,
      prices,
    }
  }
}

/** One catalog of each type; the last is archived on the second day. */
export function* catalogs({ day }: World, shop: Shop): Generator<Node> {
  for (const [catalog, type] of catalogTypes.entries())
    yield {
      __typename: type,
      id: gid(type, idOf(shop, catalog)),
      title: `Catalog ${catalog}`,
      status: catalog === 2 && day >= 2 ? 'ARCHIVED' : 'ACTIVE',
      priceList: catalog < listNames.length ? { id: gid('PriceList', idOf(shop, catalog)) } : null,
    }
}

/** Companies as the Admin API shows them, with their locations. */
export function* companies(world: World, shop: Shop): Generator<Node> {
  for (const [index, name] of companyNames.entries()) {
    if (index === goneCompany && world.day >= 2) continue
    const created = isoOf(historyStart + days(index))
    yield {
      __typename: 'Company',
      id: gid('Company', idOf(shop, index)),
      name,
      externalId: index % 2 === 0 ? `K-${1000 + index}` : null,
      mainContact: index === 1 ? null : { customer: { id: customerGid(index, shop) } },
      customerSince: created,
      createdAt: created,
      updatedAt: created,
      locations: locationsOf(world, shop, { index, created }),
    }
  }
}

function locationsOf(
  { seed, day }: World,
  shop: Shop,
  { index, created }: { readonly index: number; readonly created: string },
): readonly Node[] {
  const [address] = shop.addresses
  return Array.from({ length: between(1, 3, chance(seed, shop.number, index, 'places')) }, (_, n) => {
    const hasMoved = index === 0 && n === 0 && day >= 2
    return {
      __typename: 'CompanyLocation',
      id: gid('CompanyLocation', idOf(shop, index * 10 + n)),
      name: `House ${n + 1}`,
      externalId: null,
      currency: shop.currency,
      shippingAddress:
        n === 2 ? null : { countryCode: address?.country, zip: address?.zip(index * 10 + n + (hasMoved ? 500 : 0)) },
      createdAt: created,
      updatedAt: hasMoved ? isoOf(movedAt) : created,
    }
  })
}

/** The shop's own locations, and one that it has given up. */
export function* locations(_: World, shop: Shop): Generator<Node> {
  const all = [...shop.locations, { id: (shop.locations[0]?.id ?? 0) + 90, name: 'Old store' }]
  for (const [n, { id, name }] of all.entries())
    yield {
      __typename: 'Location',
      id: gid('Location', id),
      name,
      isActive: n < shop.locations.length,
      fulfillsOnlineOrders: n === 0,
      shipsInventory: n < shop.locations.length,
      isFulfillmentService: false,
      address: { countryCode: shop.addresses[0]?.country, city: name },
      createdAt: isoOf(historyStart - days(30)),
      updatedAt: isoOf(historyStart - days(20)),
    }
}

/** How many of each there are by now. */
export function tradeCounts(world: World, shop: Shop): Readonly<Record<string, number>> {
  const below = (nodes: Iterable<Node>, list: string): number =>
    [...nodes].reduce((sum, node) => sum + (node[list] as readonly Node[]).length, 0)
  return {
    location: shop.locations.length + 1,
    price_list: listNames.length,
    price_list_price: below(priceLists(world, shop), 'prices'),
    catalog: catalogTypes.length,
    company: companyNames.length - (world.day >= 2 ? 1 : 0),
    company_location: below(companies(world, shop), 'locations'),
  }
}
