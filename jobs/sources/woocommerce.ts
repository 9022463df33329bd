import { naiveUtc } from '../../contracts/forms.ts'
import { textAt } from '../../contracts/paths.ts'
import { wooCustomer } from '../../contracts/woocommerce/customer.ts'
import { wooOrder } from '../../contracts/woocommerce/order.ts'
import { wooProduct } from '../../contracts/woocommerce/product.ts'
import { basic, keys } from './paged/signature.ts'
import { secondText } from './paged/slice.ts'
import type { Api, PagedTerms } from './paged/terms.ts'
import { checkPaged, pagedObject } from './paged.ts'
import { type Claim, claimOf, type Source, type SourceObject } from './source.ts'

/** A REST key of WooCommerce as user and password; over https only (woocommerce.github.io/woocommerce-rest-api-docs, Authentication). */
const api: Api = {
  vendor: 'WooCommerce',
  sign: keys(['key', 'secret'], ({ key, secret }) => ({ authorization: basic(key, secret) })),
  rights: 'Make a REST key with read permission for a user who is a shop manager.',
  refusal: body => textAt(body, 'code'),
}

const [size, step] = [100, 99]

/**
 * A list by id, oldest first, in pages of 100 that overlap by one. `modified_after` is exclusive; only `dates_are_gmt` makes it UTC.
 * Only the fields that are read are asked for: a line item's price is a float of 17 digits, which no gate lets pass.
 * Source: woocommerce, class-wc-rest-crud-controller.php.
 */
const list = (
  name: string,
  claim: Claim,
  terms: Pick<PagedTerms, 'time' | 'whole'>,
  more: Readonly<Record<string, string>>,
): SourceObject =>
  pagedObject({
    ...terms,
    name: `woocommerce.${name}`,
    api,
    claims: [claim],
    overlapMs: 60 * 60 * 1000,
    ask: ({ from }, { offset }) => ({
      path: `/wp-json/wc/v3/${name}`,
      query: {
        per_page: String(size),
        offset: String(offset),
        orderby: 'id',
        order: 'asc',
        _fields: Object.values(claim.fields).join(','),
        ...(terms.time === 'changed' ? { modified_after: secondText(from - 1), dates_are_gmt: 'true' } : {}),
        ...more,
      },
    }),
    records: '',
    paging: { kind: 'numbered', size, step, key: 'id' },
    count: ({ headers }) => (headers.has('x-wp-total') ? Number(headers.get('x-wp-total')) : undefined),
    most: 10_000_000,
  })

const orders = list(
  'orders',
  claimOf(wooOrder, {
    fields: {
      order_id: 'id',
      number: 'number',
      status: 'status',
      created_at: 'date_created_gmt',
      updated_at: 'date_modified_gmt',
      paid_at: 'date_paid_gmt',
      customer_id: 'customer_id',
      currency: 'currency',
      prices_include_tax: 'prices_include_tax',
      total: 'total',
      total_tax: 'total_tax',
      discount: 'discount_total',
      shipping: 'shipping_total',
      payment_method: 'payment_method',
      country: 'billing.country',
    },
    forms: { created_at: naiveUtc, updated_at: naiveUtc, paid_at: naiveUtc },
  }),
  { time: 'changed' },
  { status: 'any' },
)

/** Customers have no filter by time (woocommerce/woocommerce#41371): each night reads all accounts, of every role. */
const customers = list(
  'customers',
  claimOf(wooCustomer, {
    fields: {
      customer_id: 'id',
      email: 'email',
      role: 'role',
      created_at: 'date_created_gmt',
      updated_at: 'date_modified_gmt',
      has_paid: 'is_paying_customer',
      country: 'billing.country',
    },
    forms: { created_at: naiveUtc, updated_at: naiveUtc },
  }),
  { time: 'none', whole: true },
  { role: 'all' },
)

const products = list(
  'products',
  claimOf(wooProduct, {
    fields: {
      product_id: 'id',
      sku: 'sku',
      name: 'name',
      type: 'type',
      status: 'status',
      created_at: 'date_created_gmt',
      updated_at: 'date_modified_gmt',
      price: 'price',
      regular_price: 'regular_price',
      on_sale: 'on_sale',
      stock: 'stock_quantity',
    },
    forms: { created_at: naiveUtc, updated_at: naiveUtc },
  }),
  { time: 'changed' },
  { status: 'any' },
)

/** A shop on WordPress. */
export const woocommerce: Source = {
  name: 'woocommerce',
  objects: [orders, customers, products],
  check: checkPaged(api, {
    ask: { path: '/wp-json/wc/v3/system_status', query: { _fields: 'environment' } },
    account: 'environment.site_url',
  }),
}
