import { readFileSync } from 'node:fs'
import { buildSchema, type GraphQLSchema, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { askCustomersProbe, customersQuery } from '../../../../jobs/sources/shopify/customers.ts'
import { askOrdersProbe, ordersQuery } from '../../../../jobs/sources/shopify/orders.ts'
import { askProductsProbe, productsQuery } from '../../../../jobs/sources/shopify/products.ts'
import { stockQuery } from '../../../../jobs/sources/shopify/stock.ts'
import { askBulk, askBulkRecent, askBulkRun, askShop } from '../../../../sinks/shopify/asks.ts'
import { askMetafieldsDelete, askMetafieldsHeld, askMetafieldsSet } from '../../../../sinks/shopify/metafield-asks.ts'

const asks = [
  askShop,
  askBulkRun,
  askBulk,
  askBulkRecent,
  askMetafieldsSet,
  askMetafieldsDelete,
  askMetafieldsHeld,
  askOrdersProbe,
  askCustomersProbe,
  askProductsProbe,
]
const filter = `updated_at:>='2026-06-29T02:00:00Z'`
const texts = [
  ...asks.map(({ name, text }) => [`the question ${name}`, text] as const),
  ['the bulk query of orders', ordersQuery(filter)] as const,
  ['the bulk query of customers', customersQuery(filter)] as const,
  ['the bulk query of products', productsQuery(filter)] as const,
  ['the bulk query of stock', stockQuery] as const,
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
