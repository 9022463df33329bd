import { flag, integer, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

const price = () => text('a decimal, or nothing', '([0-9]{1,18}(\\.[0-9]+)?)?')

/** One product of a WooCommerce shop, without its variations. A product without a price of its own has an empty one. */
export const wooProduct = contract('woocommerce.product', {
  version: 1,
  key: ['product_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'woocommerce',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    product_id: integer(),
    sku: text('an SKU, or nothing'),
    name: text('a name'),
    type: text('a type such as simple', '[a-z_-]+'),
    status: text('a status such as publish', '[a-z_-]+'),
    created_at: utc(),
    updated_at: utc(),
    price: price(),
    regular_price: price(),
    on_sale: flag(),
    stock: nullable(integer()),
  },
  rules: [],
})
