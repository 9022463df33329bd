import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerFault, answerJson, type FaultList, readBody } from './faults.ts'
import { between, chance, pick } from './random.ts'

export interface AkeneoProduct {
  readonly uuid: string
  readonly created: string
  readonly updated: string
  readonly [field: string]: unknown
}

/** A product that changed at the instant (milliseconds since 1970), as a PIM in Paris writes it in summer. */
export function akeneoProduct(seed: number, n: number, at: number): AkeneoProduct {
  const hex = (length: number, part: string): string =>
    Array.from({ length }, (_, k) => pick([...'0123456789abcdef'], chance(seed, n, part, k))).join('')
  return {
    uuid: `${hex(8, 'a')}-${hex(4, 'b')}-4${hex(3, 'c')}-9${hex(3, 'd')}-${hex(12, 'e')}`,
    enabled: chance(seed, n, 'enabled') < 0.9,
    family: chance(seed, n, 'family') < 0.2 ? null : 'clothing',
    categories: chance(seed, n, 'category') < 0.3 ? [] : ['summer', 'sale'],
    groups: [],
    parent: null,
    values: {
      sku: [{ locale: null, scope: null, data: `SKU-${n}`, attribute_type: 'pim_catalog_identifier' }],
      name: ['de_DE', 'fr_FR'].map(locale => ({ locale, scope: null, data: `Ärmel ${n}` })),
      weight: [
        {
          locale: null,
          scope: null,
          data: { amount: `${between(1, 900, chance(seed, n, 'weight'))}.0000`, unit: 'GRAM' },
        },
      ],
    },
    created: parisText(at - 86_400_000),
    updated: parisText(at),
    associations: {},
    quantified_associations: {},
  }
}

const parisText = (at: number): string => new Date(at + 7_200_000).toISOString().replace(/\.\d+Z$/, '+02:00')

export interface AkeneoTerms {
  readonly products: AkeneoProduct[]
  readonly clientId: string
  readonly clientSecret: string
  readonly username: string
  readonly password: string
  readonly faults: FaultList
  /** Milliseconds since 1970; a token lasts an hour of it. */
  readonly now: () => number
}

const lastsMs = 3_600_000

/** A PIM's REST API: tokens, and products by search-after. */
export function akeneoServer(terms: AkeneoTerms): Server {
  const tokens = new Map<string, number>()
  return createServer((request, response) => {
    handle({ ...terms, tokens }, request, response).catch((error: unknown) => refuse(response, 500, String(error)))
  })
}

type Pim = AkeneoTerms & { readonly tokens: Map<string, number> }

async function handle(pim: Pim, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  const body = await readBody(request)
  if (answerFault(pim.faults.take(url.pathname), response)) return
  if (url.pathname === '/api/oauth/v1/token') return grant(pim, { request, body, response })
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return refuse(response, 401, 'Authentication is required')
  const until = pim.tokens.get(token)
  if (until === undefined) return refuse(response, 401, 'The access token provided is invalid.')
  if (pim.now() >= until) return refuse(response, 401, 'The access token provided has expired.')
  if (url.pathname === '/api/rest/v1/system-information')
    return answerJson(response, 200, { version: '7.0.40', edition: 'CE' })
  if (url.pathname === '/api/rest/v1/products-uuid') return list(pim.products, url, response)
  refuse(response, 404, `No route found for "GET ${url.pathname}"`)
}

interface Exchange {
  readonly request: IncomingMessage
  readonly body: string
  readonly response: ServerResponse
}

function grant(pim: Pim, { request, body, response }: Exchange): void {
  const basic = `Basic ${Buffer.from(`${pim.clientId}:${pim.clientSecret}`).toString('base64')}`
  if (request.headers.authorization !== basic)
    return refuse(response, 422, 'Parameter "client_id" is missing or does not match any client, or secret is invalid')
  const asked = JSON.parse(body) as Readonly<Record<string, string>>
  if (asked.grant_type !== 'password' || asked.username !== pim.username || asked.password !== pim.password)
    return refuse(response, 422, 'No user found for the given username and password')
  const token = `akeneo-token-${pim.tokens.size + 1}`
  pim.tokens.set(token, pim.now() + lastsMs)
  answerJson(response, 200, {
    access_token: token,
    expires_in: lastsMs / 1000,
    token_type: 'bearer',
    scope: null,
    refresh_token: `${token}-refresh`,
  })
}

function list(products: readonly AkeneoProduct[], url: URL, response: ServerResponse): void {
  const query = url.searchParams
  const limit = Number(query.get('limit') ?? 10)
  if (limit > 100) return refuse(response, 422, 'You cannot request more than 100 items.')
  if (query.get('pagination_type') !== 'search_after') return refuse(response, 422, 'Pagination type does not exist.')
  const search = JSON.parse(query.get('search') ?? '{}') as Readonly<Record<string, readonly Filter[]>>
  const wrong = Object.entries(search).flatMap(([property, filters]) =>
    filters.flatMap(filter => refusalOf(property, filter)),
  )
  if (wrong[0] !== undefined) return refuse(response, 422, wrong[0])
  const after = Buffer.from(query.get('search_after') ?? '', 'base64').toString()
  const found = products
    .filter(
      ({ uuid, updated }) =>
        uuid > after && (search.updated ?? []).every(({ value }) => Date.parse(updated) > utc(value)),
    )
    .sort((a, b) => (a.uuid < b.uuid ? -1 : 1))
  const page = found.slice(0, limit)
  const self = { href: String(url) }
  const next = new URL(url)
  next.searchParams.set('search_after', Buffer.from(page.at(-1)?.uuid ?? '').toString('base64'))
  const links = { self, ...(found.length > limit ? { next: { href: String(next) } } : {}) }
  answerJson(response, 200, { _links: links, _embedded: { items: page } })
}

interface Filter {
  readonly operator: string
  readonly value: string
}

/** Times are UTC without saying so. */
const utc = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`)

function refusalOf(property: string, { operator, value }: Filter): readonly string[] {
  if (property !== 'updated' || operator !== '>')
    return [`Filter on property "${property}" is not supported or does not support operator "${operator}"`]
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(value))
    return [`Property "${property}" expects a string with the format "yyyy-mm-dd H:i:s" as data, "${value}" given.`]
  return []
}

const refuse = (response: ServerResponse, code: number, message: string): void =>
  answerJson(response, code, { code, message })
