import { readFileSync } from 'node:fs'
import { buildSchema, type GraphQLSchema, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { askBelow } from '../../../../jobs/sources/shopify/beneath.ts'
import { bulkQuery } from '../../../../jobs/sources/shopify/bulk-query.ts'
import { customers } from '../../../../jobs/sources/shopify/customers.ts'
import { deletions } from '../../../../jobs/sources/shopify/deletions.ts'
import { askEnds, askProbe } from '../../../../jobs/sources/shopify/list-asks.ts'
import { askNodes } from '../../../../jobs/sources/shopify/nodes.ts'
import { orders } from '../../../../jobs/sources/shopify/orders.ts'
import { askPage } from '../../../../jobs/sources/shopify/pages.ts'
import { balanceTransactions, payouts } from '../../../../jobs/sources/shopify/payments.ts'
import { products } from '../../../../jobs/sources/shopify/products.ts'
import { refundLines } from '../../../../jobs/sources/shopify/refunds.ts'
import { bulkObjects } from '../../../../jobs/sources/shopify/shopify.ts'
import { askBulk, askBulkRecent, askBulkRun, askScopes, askShop } from '../../../../sinks/shopify/asks.ts'
import { askMetafieldsDelete, askMetafieldsHeld, askMetafieldsSet } from '../../../../sinks/shopify/metafield-asks.ts'

const asks = [
  askShop,
  askScopes,
  askBulkRun,
  askBulk,
  askBulkRecent,
  askMetafieldsSet,
  askMetafieldsDelete,
  askMetafieldsHeld,
  askPage(deletions),
  askPage(payouts),
  askPage(balanceTransactions),
  askNodes(orders, 'Order'),
  askNodes(customers, 'Customer'),
  askNodes(products, 'Product'),
  askNodes(refundLines, refundLines.type),
  ...Object.entries(refundLines.below).map(([list, lines]) => askBelow(refundLines.type, list, lines)),
  ...bulkObjects.flatMap(object => [askProbe(object), askEnds(object)]),
]
const filter = `updated_at:>='2026-06-29T02:00:00Z'`
const texts = [
  ...asks.map(({ name, text }) => [`the question ${name}`, text] as const),
  ...bulkObjects.map(
    object =>
      [`the bulk query of ${object.name}`, bulkQuery(object, object.unsearched === true ? undefined : filter)] as const,
  ),
  ['a bulk query of all', bulkQuery(bulkObjects[0] as (typeof bulkObjects)[number], undefined)] as const,
]

it.each(texts)('%s is well-formed GraphQL', (_, text) => {
  expect(() => parse(text)).not.toThrow()
})

const sdl = process.env.BOOMERANG_SHOPIFY_SDL
const given = sdl === undefined ? ' (skipped: BOOMERANG_SHOPIFY_SDL names no schema file)' : ''

describe.skipIf(sdl === undefined)(`against Shopify's own schema${given}`, () => {
  let schema: GraphQLSchema
  beforeAll(() => {
    // Shopify deprecates fields whose interface keeps them, which graphql holds for an invalid schema.
    schema = buildSchema(readFileSync(sdl ?? '', 'utf8'), { assumeValid: true })
  }, 60_000)

  it.each(texts)('%s is valid and asks for nothing deprecated', (_, text) => {
    expect(validate(schema, parse(text), [...specifiedRules, NoDeprecatedCustomRule])).toEqual([])
  })
})
