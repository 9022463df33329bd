import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerFault, answerJson, type FaultList } from './faults.ts'
import { between, chance, pick } from './random.ts'

export interface WooRecord {
  readonly id: number
  readonly date_modified_gmt: string | null
  readonly [field: string]: unknown
}

/** What a shop holds, in the order of ids. */
export interface WooShop {
  readonly orders: WooRecord[]
  readonly customers: WooRecord[]
  readonly products: WooRecord[]
}

const gmt = (at: number): string => new Date(at).toISOString().slice(0, 19)

/** An order that changed at the instant (milliseconds since 1970). A line's price is a float, as PHP writes it. */
export function wooOrder(seed: number, id: number, at: number): WooRecord {
  const cents = between(300, 30_000, chance(seed, id, 'total'))
  const total = (cents / 100).toFixed(2)
  return {
    id,
    number: String(id),
    status: pick(['processing', 'completed', 'on-hold'], chance(seed, id, 'status')),
    currency: 'EUR',
    prices_include_tax: true,
    date_created_gmt: gmt(at - 3_600_000),
    date_modified_gmt: gmt(at),
    date_paid_gmt: chance(seed, id, 'paid') < 0.2 ? null : gmt(at - 3_000_000),
    customer_id: chance(seed, id, 'guest') < 0.5 ? 0 : between(1, 500, chance(seed, id, 'customer')),
    discount_total: '0.00',
    shipping_total: '4.90',
    total,
    total_tax: ((cents * 0.19) / 100).toFixed(2),
    payment_method: 'stripe',
    billing: {
      first_name: 'Maja',
      email: `customer${id}@example.com`,
      country: pick(['DE', 'AT', ''], chance(seed, id, 'country')),
    },
    line_items: [{ id: id * 10, name: 'Hemd', quantity: 3, subtotal: total, total, price: cents / 300 }],
  }
}

export const wooCustomer = (seed: number, id: number, at: number): WooRecord => ({
  id,
  date_created_gmt: gmt(at),
  date_modified_gmt: chance(seed, id, 'touched') < 0.3 ? null : gmt(at),
  email: `customer${id}@example.com`,
  role: 'customer',
  is_paying_customer: chance(seed, id, 'paying') < 0.6,
  billing: { first_name: 'Maja', country: 'DE' },
})

export const wooProduct = (seed: number, id: number, at: number): WooRecord => ({
  id,
  name: `Hemd ${id}`,
  type: chance(seed, id, 'type') < 0.3 ? 'variable' : 'simple',
  status: 'publish',
  sku: chance(seed, id, 'sku') < 0.1 ? '' : `WOO-${id}`,
  date_created_gmt: gmt(at - 86_400_000),
  date_modified_gmt: gmt(at),
  price: chance(seed, id, 'free') < 0.1 ? '' : '19.90',
  regular_price: '',
  on_sale: false,
  stock_quantity: chance(seed, id, 'stock') < 0.5 ? null : between(0, 90, chance(seed, id, 'count')),
})

export interface WooTerms {
  readonly shop: WooShop
  readonly key: string
  readonly secret: string
  readonly faults: FaultList
  /** How far the shop's clock is ahead of UTC, in hours: what a filter means that does not say GMT. */
  readonly ahead: number
}

/** The lists of a shop's REST API. A parameter that WordPress does not know is passed over without a word. */
export const wooServer = (terms: WooTerms): Server =>
  createServer((request, response) => handle(terms, request, response))

function handle(terms: WooTerms, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  if (answerFault(terms.faults.take(url.pathname), response)) return
  const basic = `Basic ${Buffer.from(`${terms.key}:${terms.secret}`).toString('base64')}`
  if (request.headers.authorization !== basic)
    return refuse(response, 401, { code: 'woocommerce_rest_cannot_view', message: 'Sorry, you cannot list resources.' })
  const name = url.pathname.replace('/wp-json/wc/v3/', '')
  if (name === 'system_status')
    return answerJson(response, 200, { environment: { site_url: 'https://hemden.example' } })
  if (name !== 'orders' && name !== 'customers' && name !== 'products')
    return refuse(response, 404, {
      code: 'rest_no_route',
      message: 'No route was found matching the URL and request method.',
    })
  list(terms, { name, url, response })
}

interface Listing {
  readonly name: keyof WooShop
  readonly url: URL
  readonly response: ServerResponse
}

const orderings: Readonly<Record<keyof WooShop, readonly string[]>> = {
  orders: ['date', 'id', 'include', 'title', 'slug', 'modified'],
  customers: ['id', 'include', 'name', 'registered_date'],
  products: ['date', 'id', 'include', 'title', 'slug', 'modified', 'price', 'popularity', 'rating'],
}

function list({ shop, ahead }: WooTerms, { name, url, response }: Listing): void {
  const query = url.searchParams
  const size = Number(query.get('per_page') ?? 10)
  const invalid = (param: string, why: string): void =>
    refuse(response, 400, { code: 'rest_invalid_param', message: `Invalid parameter(s): ${param}`, param, why })
  if (!(size >= 1 && size <= 100))
    return invalid('per_page', 'per_page must be between 1 (inclusive) and 100 (inclusive)')
  if (!orderings[name].includes(query.get('orderby') ?? 'id'))
    return invalid('orderby', 'orderby is not one of its values.')
  const after = query.get('modified_after')
  if (after !== null && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(after))
    return invalid('modified_after', 'Invalid date.')
  const since =
    after === null || name === 'customers'
      ? -Infinity
      : Date.parse(`${after}Z`) - (query.get('dates_are_gmt') === 'true' ? 0 : ahead * 3_600_000)
  const found = shop[name].filter(
    ({ date_modified_gmt }) => since === -Infinity || Date.parse(`${date_modified_gmt}Z`) > since,
  )
  const sorted = query.get('order') === 'asc' ? found : found.toReversed()
  const page = Number(query.get('page') ?? 1)
  const offset = query.has('offset') ? Number(query.get('offset')) : (page - 1) * size
  const pages = Math.ceil(found.length / size)
  const next = new URL(url)
  next.searchParams.set('page', String(page + 1))
  answerJson(
    response,
    200,
    sorted.slice(offset, offset + size).map(record => fieldsOf(record, query.get('_fields'))),
    {
      'x-wp-total': String(found.length),
      'x-wp-totalpages': String(pages),
      ...(page < pages ? { link: `<${next}>; rel="next"` } : {}),
    },
  )
}

/** `id,billing.country`: what of a record is given. */
function fieldsOf(record: WooRecord, fields: string | null): unknown {
  if (fields === null) return record
  const found: Record<string, unknown> = {}
  for (const field of fields.split(',')) {
    const [outer = '', inner] = field.split('.')
    const value = record[outer] as Readonly<Record<string, unknown>>
    found[outer] = inner === undefined ? value : { [inner]: value[inner] }
  }
  return found
}

interface Refusal {
  readonly code: string
  readonly message: string
  readonly param?: string
  readonly why?: string
}

const refuse = (response: ServerResponse, status: number, { code, message, param, why }: Refusal): void =>
  answerJson(response, status, {
    code,
    message,
    data: { status, ...(param === undefined ? {} : { params: { [param]: why } }) },
  })
