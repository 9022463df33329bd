import { akeneoProduct } from '../../contracts/akeneo/product.ts'
import { offsetInstant } from '../../contracts/forms.ts'
import { textAt } from '../../contracts/paths.ts'
import { baseUrl } from '../../sinks/send.ts'
import { basic, granted, secretsOf } from './paged/signature.ts'
import { secondText } from './paged/slice.ts'
import type { Api } from './paged/terms.ts'
import { checkPaged, pagedObject } from './paged.ts'
import { claimOf, type Source } from './source.ts'

const secretNames = ['clientId', 'clientSecret', 'username', 'password'] as const

/** A connection's user and password give a token for an hour (api.akeneo.com/documentation/authentication.html). */
const api: Api = {
  vendor: 'Akeneo',
  sign: granted((ctx, connection) => {
    const secrets = secretsOf(ctx, connection, { names: secretNames, fresh: true })
    const { clientId, clientSecret, username, password } = secrets
    return {
      method: 'POST',
      url: `${baseUrl(ctx, connection)}/api/oauth/v1/token`,
      headers: { 'content-type': 'application/json', authorization: basic(clientId, clientSecret) },
      body: JSON.stringify({ grant_type: 'password', username, password }),
    }
  }),
  rights: 'Give the connection’s user the rights to the Web API and to list products.',
  refusal: body => textAt(body, 'message'),
}

/**
 * Products by their UUIDs, at most 100 a page; search_after is Akeneo's to set, so the next page's address is followed. The filter's `>`
 * is exclusive and its time is UTC (api.akeneo.com/documentation/filter.html, pagination.html; pim-community-dev, DateTimeFilter.php).
 */
const products = pagedObject({
  name: 'akeneo.products',
  api,
  claims: [
    claimOf(akeneoProduct, {
      fields: {
        product_id: 'uuid',
        sku: 'values.sku.0.data',
        family: 'family',
        parent: 'parent',
        categories: 'categories',
        enabled: 'enabled',
        created_at: 'created',
        updated_at: 'updated',
      },
      forms: { created_at: offsetInstant, updated_at: offsetInstant },
    }),
  ],
  overlapMs: 60 * 60 * 1000,
  time: 'changed',
  ask: ({ from }) => {
    const updated = [{ operator: '>', value: secondText(from - 1).replace('T', ' ') }]
    return {
      path: '/api/rest/v1/products-uuid',
      query: { pagination_type: 'search_after', limit: '100', search: JSON.stringify({ updated }) },
    }
  },
  records: '_embedded.items',
  paging: {
    kind: 'next',
    next: ({ body }) => textAt(body, '_links.next.href'),
  },
  most: 10_000_000,
})

/** The product information system. Each account has a host of its own. */
export const akeneo: Source = {
  name: 'akeneo',
  objects: [products],
  check: checkPaged(api, { ask: { path: '/api/rest/v1/system-information', query: {} } }),
}
