import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { stock } from '../../../contracts/storefront/stock.ts'
import { variant } from '../../../contracts/storefront/variant.ts'
import { wmsStock } from '../../../contracts/wms/stock.ts'
import { type Fixture, fixture } from '../fixture.ts'

let on: Fixture
beforeAll(async () => {
  on = await fixture()
})
afterEach(() => on.clear())
afterAll(() => on.close())

const item = (digits: number): string => `gid://shopify/InventoryItem/${digits}`

async function stocked(
  connection: string,
  digits: number,
  more: Readonly<Record<string, string | number | boolean | null>>,
): Promise<void> {
  const { sku = null, ...level } = more
  await on.add(variant, connection, {
    variant_id: `V${digits}`,
    product_id: 'P1',
    inventory_item_id: item(digits),
    sku,
    price: '1',
  })
  await on.add(stock, connection, { stock_id: `S${digits}`, inventory_item_id: item(digits), sku, ...level })
}

test('marts.product_stock puts what a shop offers beside what lies on its own shelf', async () => {
  await stocked('north', 1, { sku: 'A-1', available: 5, on_hand: 6 })
  await stocked('south', 2, { sku: 'A-1', available: 9, on_hand: 9 })
  await on.add(wmsStock, 'north-wms', { sku: 'A-1', location: 'Berlin', on_hand: 3, reserved: 1, available: 2 })
  expect(await on.build('marts.product_stock')).toEqual([
    {
      connection: 'north',
      product_id: 'P1',
      variant_id: 'V1',
      sku: 'A-1',
      location_id: 'L1',
      location: 'Berlin',
      shop_available: 5n,
      shop_on_hand: 6n,
      wms_on_hand: 3n,
      wms_available: 2n,
      gap: -2n,
      counted_at: '2026-06-29T22:00:00.000000Z',
    },
    {
      connection: 'south',
      product_id: 'P1',
      variant_id: 'V2',
      sku: 'A-1',
      location_id: 'L1',
      location: 'Berlin',
      shop_available: 9n,
      shop_on_hand: 9n,
      wms_on_hand: null,
      wms_available: null,
      gap: null,
      counted_at: null,
    },
  ])
})

test('marts.product_stock has a row for each location, none where the variant is not stocked, and no gap without an SKU', async () => {
  await stocked('north', 1, { sku: 'A-1', available: 5 })
  await on.add(stock, 'north', {
    stock_id: 'S1b',
    inventory_item_id: item(1),
    sku: 'A-1',
    location: 'Köln',
    location_id: 'L2',
    available: 1,
  })
  await stocked('north', 2, { sku: 'A-2', active: false })
  await stocked('north', 3, { sku: null, available: 7 })
  await on.add(wmsStock, 'north-wms', { sku: 'A-1', location: 'Köln', on_hand: 1 })
  expect((await on.build('marts.product_stock')).map(row => [row.variant_id, row.location, row.gap])).toEqual([
    ['V1', 'Berlin', null],
    ['V1', 'Köln', 0n],
    ['V3', 'Berlin', null],
  ])
})
