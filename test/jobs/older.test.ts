import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { order } from '../../contracts/storefront/order.ts'
import { contractsOf } from '../../jobs/load-parts.ts'
import { claimsOf } from '../../jobs/sources/shopify/bulk-query.ts'
import { products, variants } from '../../jobs/sources/shopify/products.ts'
import { presenceOf } from '../../jobs/sources/source.ts'
import { orderClaims, orderRecord } from './gate/orders.ts'
import { type Nights, nightsOf } from './nights.ts'

const presence = presenceOf(order, { kind: 'Order', key: { order_id: 'id' } })
let nights: Nights
beforeEach(async () => {
  nights = await nightsOf(
    [
      { name: 'products', claims: claimsOf(products) },
      { name: 'variants', claims: variants.claims },
      { name: 'orders', claims: orderClaims },
      { name: 'sweep', claims: [presence], whole: true },
    ],
    [...contractsOf(claimsOf(products)), ...contractsOf(orderClaims)],
  )
})
afterEach(() => nights.room.end())

const [earlier, later, last] = ['2026-06-10T03:00:00Z', '2026-06-11T03:00:00Z', '2026-06-12T03:00:00Z']
const shirt = {
  id: 'gid://shopify/Product/1',
  title: 'A shirt',
  handle: 'shirt',
  status: 'ACTIVE',
  vendor: 'Nordlicht',
  productType: 'Shirt',
  totalInventory: 3,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-05-01T00:00:00Z',
  tags: [],
}
const size = (n: number, price: string, updatedAt: string) => ({
  id: `gid://shopify/ProductVariant/${n}`,
  inventoryItem: { id: `gid://shopify/InventoryItem/${n}` },
  sku: `AB${n}`,
  barcode: null,
  price,
  compareAtPrice: null,
  position: n,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt,
})
const inSet = (variant: object) => ({ ...variant, __parentId: shirt.id })
const alone = (variant: object) => ({ ...variant, product: { id: shirt.id } })
const prices = async (): Promise<unknown> =>
  (
    await nights.room.opened.query({
      sql: 'select sku, price::decimal(9,2)::varchar as price from raw.storefront_variant order by sku',
    })
  ).map(row => `${row.sku} ${row.price}`)

describe('an older landing that is loaded after a newer one', () => {
  it('leaves a child that was read by itself since then, and whatever came since', async () => {
    const old = [
      shirt,
      inSet(size(1, '10.00', '2026-05-01T00:00:00Z')),
      inSet(size(2, '20.00', '2026-05-01T00:00:00Z')),
    ]
    await nights.night({ pipeline: 'products', at: earlier, records: old })
    const news = [size(1, '11.00', '2026-06-10T12:00:00Z'), size(3, '30.00', '2026-06-10T12:00:00Z')].map(alone)
    await nights.night({ pipeline: 'variants', at: later, records: news })
    await nights.night({ pipeline: 'products', at: earlier, records: old })
    expect(await prices()).toEqual(['AB1 11.00', 'AB2 20.00', 'AB3 30.00'])
  })

  it('still takes away a child that a newer set does not hold', async () => {
    const set = [1, 2].map(n => inSet(size(n, '10.00', '2026-05-01T00:00:00Z')))
    await nights.night({ pipeline: 'products', at: earlier, records: [shirt, ...set] })
    const changed = { ...shirt, updatedAt: '2026-06-10T12:00:00Z' }
    await nights.night({ pipeline: 'products', at: later, records: [changed, ...set.slice(0, 1)] })
    expect(await prices()).toEqual(['AB1 10.00'])
  })

  it('does not bring back what has been found gone since, and a newer one does', async () => {
    const standing = async (): Promise<unknown> =>
      (
        await nights.room.opened.query({
          sql: 'select legacy_id from raw.storefront_order where _deleted_at is null order by 1',
        })
      ).map(row => row.legacy_id)
    const both = [orderRecord(1), orderRecord(2)]
    await nights.night({ pipeline: 'orders', at: earlier, records: both })
    await nights.night({ pipeline: 'sweep', at: later, records: [{ id: 'gid://shopify/Order/2' }] })
    expect(await standing()).toEqual(['2'])
    await nights.night({ pipeline: 'orders', at: earlier, records: both })
    expect(await standing()).toEqual(['2'])
    await nights.night({ pipeline: 'orders', at: last, records: both })
    expect(await standing()).toEqual(['1', '2'])
  })
})
