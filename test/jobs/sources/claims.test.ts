import { type FieldNode, type OperationDefinitionNode, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { erp } from '../../../jobs/sources/erp.ts'
import { customersQuery } from '../../../jobs/sources/shopify/customers.ts'
import { ordersQuery } from '../../../jobs/sources/shopify/orders.ts'
import { productsQuery } from '../../../jobs/sources/shopify/products.ts'
import { shopify } from '../../../jobs/sources/shopify/shopify.ts'
import { stockQuery } from '../../../jobs/sources/shopify/stock.ts'
import { claimOf, type SourceObject } from '../../../jobs/sources/source.ts'
import { wms } from '../../../jobs/sources/wms.ts'

const sources = [shopify, erp, wms]
const claims = sources.flatMap(source =>
  source.objects.flatMap(object =>
    object.claims.map(claim => ({ object: object.name, claim, name: claim.contract.name })),
  ),
)

it('a claim that forgets a column of its contract, or names another, is refused', () => {
  const { claim } = claims[0] as (typeof claims)[number]
  const { [Object.keys(claim.fields)[0] ?? '']: _, ...forgotten } = claim.fields
  expect(() => claimOf(claim.contract, { fields: forgotten })).toThrow(/differ in/)
  expect(() => claimOf(claim.contract, { fields: { ...claim.fields, colour: 'colour' } })).toThrow(/differ in colour/)
})

it.each(claims)('the claim of $name by $object reads no place twice', ({ claim }) => {
  expect(new Set(Object.values(claim.fields)).size).toBe(Object.keys(claim.fields).length)
})

it('every object has a name of its own, and reads back no further than a day', () => {
  const objects = sources.flatMap(source => source.objects)
  expect(new Set(objects.map(({ name }) => name)).size).toBe(objects.length)
  for (const { overlapMs } of objects) expect(overlapMs).toBeLessThanOrEqual(24 * 60 * 60 * 1000)
})

const queries: Readonly<Record<string, string>> = {
  'storefront.orders': ordersQuery("updated_at:>='x'"),
  'storefront.customers': customersQuery("updated_at:>='x'"),
  'storefront.products': productsQuery("updated_at:>='x'"),
  'storefront.stock': stockQuery,
}

interface Connections {
  readonly leaves: readonly string[]
  readonly below: readonly Connections[]
}

/** What one level of a bulk query selects: the places in its own lines, and the connections below, which get lines of their own. */
function levelOf(connection: FieldNode): Connections {
  const edges = only(connection)
  const node = only(edges)
  expect([edges.name.value, node.name.value]).toEqual(['edges', 'node'])
  const fields = fieldsOf(node)
  const isConnection = (field: FieldNode): boolean => fieldsOf(field)[0]?.name.value === 'edges'
  return {
    leaves: fields.filter(field => !isConnection(field)).flatMap(leavesOf),
    below: fields.filter(isConnection).map(levelOf),
  }
}

const fieldsOf = (field: FieldNode): readonly FieldNode[] =>
  (field.selectionSet?.selections ?? []).filter(each => each.kind === 'Field')

function only(field: FieldNode): FieldNode {
  expect(fieldsOf(field)).toHaveLength(1)
  return fieldsOf(field)[0] as FieldNode
}

function leavesOf(field: FieldNode): readonly string[] {
  const name = (field.alias ?? field.name).value
  const inner = fieldsOf(field)
  return inner.length === 0 ? [name] : inner.flatMap(leavesOf).map(leaf => `${name}.${leaf}`)
}

const levels = ({ name }: SourceObject): readonly Connections[] => {
  const [operation] = parse(queries[name] ?? '').definitions as readonly OperationDefinitionNode[]
  const root = levelOf(operation?.selectionSet.selections[0] as FieldNode)
  return [root, ...root.below]
}

describe.each(shopify.objects.map(object => ({ name: object.name, object })))('the query of $name', ({ object }) => {
  /** What the claims of one kind of line read, lists and the line around them included. */
  const readOf = (kind: string | undefined): readonly string[] =>
    object.claims
      .filter(claim => claim.kind === kind)
      .flatMap(({ each, fields }) =>
        Object.values(fields)
          .map(path => (path.startsWith('^') ? path.slice(1) : each === undefined ? path : `${each}.${path}`))
          .filter(path => path !== '__parentId'),
      )
      .map(path => path.replaceAll(/\.[0-9]+/g, ''))

  it('selects what its claims read and nothing else, for each kind of line', () => {
    const kinds = [...new Set(object.claims.map(({ kind }) => kind))]
    const selected = levels(object).map(({ leaves }) => leaves.toSorted())
    expect(selected).toEqual(kinds.map(kind => [...new Set(readOf(kind))].toSorted()))
  })

  it('keeps to what Shopify allows a bulk query: five connections, two deep, each parent with its id', () => {
    const all = levels(object)
    expect(all.length).toBeLessThanOrEqual(5)
    for (const { leaves } of all) expect(leaves).toContain('id')
    for (const { below } of all.slice(1)) expect(below).toEqual([])
    expect(Buffer.byteLength(queries[object.name] ?? '')).toBeLessThan(65_535)
  })
})
