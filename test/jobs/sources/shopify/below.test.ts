import { afterEach, describe, expect, it } from 'vitest'
import { bulkQuery } from '../../../../jobs/sources/shopify/bulk-query.ts'
import { collections } from '../../../../jobs/sources/shopify/collections.ts'
import { discounts } from '../../../../jobs/sources/shopify/discounts.ts'
import { products, variants } from '../../../../jobs/sources/shopify/products.ts'
import { bulkObjects } from '../../../../jobs/sources/shopify/shopify.ts'
import { type ShopNights, shopNights } from './shop-nights.ts'

let nights: ShopNights | undefined
afterEach(async () => {
  await nights?.end()
  nights = undefined
})

const [first, second] = [new Date('2026-06-29T02:00:00Z'), new Date('2026-06-30T02:00:00Z')]
const old = '2026-05-01T00:00:00Z'

/** Whether the record is among what a search text asks for. */
function isAsked(filter: string, { createdAt = old, updatedAt }: { createdAt?: string; updatedAt: string }): boolean {
  const [, field, from = ''] = /(updated_at|created_at):>='([^']+)'/.exec(filter) ?? []
  return (field === 'created_at' ? createdAt : updatedAt) >= from
}

const product = {
  id: 'gid://shopify/Product/1',
  title: 'A shirt',
  handle: 'shirt',
  status: 'ACTIVE',
  vendor: 'Nordlicht',
  productType: 'Shirt',
  totalInventory: 3,
  createdAt: old,
  updatedAt: '2026-06-28T12:00:00Z',
  tags: [],
}
const variant = {
  id: 'gid://shopify/ProductVariant/1',
  inventoryItem: { id: 'gid://shopify/InventoryItem/1' },
  sku: 'AB1',
  barcode: null,
  price: '10.00',
  compareAtPrice: null,
  position: 1,
  createdAt: old,
  updatedAt: '2026-06-28T12:00:00Z',
}

describe('an edit that does not move the change time of what is above it', () => {
  it('of a variant is read by the time of the variant, whatever its id (airbyte#28926)', async () => {
    let sold = variant
    nights = await shopNights([products, variants], (filter, list) => {
      if (list === 'products') return isAsked(filter, product) ? [product, { ...sold, __parentId: product.id }] : []
      return isAsked(filter, sold) ? [{ ...sold, product: { id: product.id } }] : []
    })
    for (const { name } of [products, variants]) await nights.night(name, first)
    sold = { ...variant, price: '12.50', updatedAt: '2026-06-29T12:00:00Z' }
    for (const { name } of [products, variants]) await nights.night(name, second)
    const prices = 'select variant_id, price::decimal(9,2) from raw.storefront_variant'
    expect(await nights.rows(prices)).toEqual(['gid://shopify/ProductVariant/1 12.50'])
  })

  it('of what a collection holds is read each night, whether it came, went or stayed (airbyte#66581)', async () => {
    let held = [1, 2]
    const collection = {
      id: 'gid://shopify/Collection/1',
      title: 'Shirts',
      handle: 'shirts',
      sortOrder: 'MANUAL',
      updatedAt: old,
    }
    nights = await shopNights([collections], filter =>
      isAsked(filter, collection)
        ? [
            { ...collection, productsCount: { count: held.length } },
            ...held.map(n => ({ id: `gid://shopify/Product/${n}`, __parentId: collection.id })),
          ]
        : [],
    )
    await nights.night(collections.name, first)
    held = [2, 3]
    await nights.night(collections.name, second)
    expect(await nights.rows('select product_id from raw.storefront_collection_product order by 1')).toEqual([
      'gid://shopify/Product/2',
      'gid://shopify/Product/3',
    ])
  })
})

describe('what is below a record', () => {
  it('is read to the last, and not to the hundredth: as many codes stand as their discount counts (airbyte 3.5.0)', async () => {
    const codes = 260
    const discount = {
      __typename: 'DiscountCodeBasic',
      title: 'Welcome',
      status: 'ACTIVE',
      discountClasses: ['ORDER'],
      startsAt: old,
      endsAt: null,
      asyncUsageCount: 0,
      usageLimit: null,
      appliesOncePerCustomer: true,
      codesCount: { count: codes },
      createdAt: old,
      updatedAt: '2026-06-28T12:00:00Z',
    }
    const id = 'gid://shopify/DiscountNode/1'
    nights = await shopNights([discounts], () => [
      { id, discount },
      ...Array.from({ length: codes }, (_, n) => ({
        id: `gid://shopify/DiscountRedeemCode/${n + 1}`,
        code: `WELCOME${n}`,
        asyncUsageCount: 0,
        __parentId: id,
      })),
    ])
    await nights.night(discounts.name, first)
    const counted = `select any_value(d.codes), count(distinct c.code) from raw.storefront_discount as d
      join raw.storefront_discount_code as c using (_connection, discount_id) group by d.discount_id`
    expect(await nights.rows(counted)).toEqual([`${codes} ${codes}`])
  })

  it('is asked for without a limit: a bulk query gives all that a connection holds', () => {
    for (const object of bulkObjects) {
      const text = bulkQuery(object, object.unsearched === true ? undefined : `updated_at:>='${old}'`)
      expect(text, object.name).not.toMatch(/\((first|last|after|before):[^)]*\) \{\s*edges/)
    }
  })
})
