import { type FieldNode, type OperationDefinitionNode, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { akeneo } from '../../../jobs/sources/akeneo.ts'
import { erp } from '../../../jobs/sources/erp.ts'
import { netsuite } from '../../../jobs/sources/netsuite.ts'
import { oms } from '../../../jobs/sources/oms.ts'
import { bulkQuery, claimsOf, type Lines } from '../../../jobs/sources/shopify/bulk-query.ts'
import type { BulkObject } from '../../../jobs/sources/shopify/object.ts'
import { bulkObjects, further, shopWith } from '../../../jobs/sources/shopify/shopify.ts'
import { claimOf } from '../../../jobs/sources/source.ts'
import { stripe } from '../../../jobs/sources/stripe.ts'
import { wms } from '../../../jobs/sources/wms.ts'
import { woocommerce } from '../../../jobs/sources/woocommerce.ts'

const sources = [shopWith(...further), erp, wms, oms, netsuite, akeneo, woocommerce, stripe]
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

it.each(claims)(
  'the claim of $name by $object reads no place twice, but for a change that is the creation',
  ({ claim }) => {
    const { [claim.contract.changed ?? '']: _, ...places } = claim.fields
    expect(new Set(Object.values(places)).size).toBe(Object.keys(places).length)
  },
)

it('every object has a name of its own, and reads back no further than a day', () => {
  const objects = sources.flatMap(source => source.objects)
  expect(new Set(objects.map(({ name }) => name)).size).toBe(objects.length)
  for (const { overlapMs } of objects) expect(overlapMs).toBeLessThanOrEqual(24 * 60 * 60 * 1000)
})

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
  const connections = (inside: readonly FieldNode[]): readonly FieldNode[] =>
    inside.flatMap(field => (isConnection(field) ? [field] : connections(fieldsOf(field))))
  const leaves = (inside: readonly FieldNode[], at: string): readonly string[] =>
    inside
      .filter(field => !isConnection(field))
      .flatMap(field => {
        const name = `${at}${(field.alias ?? field.name).value}`
        return fieldsOf(field).length === 0 ? [name] : leaves(fieldsOf(field), `${name}.`)
      })
  return { leaves: [...new Set(leaves(fields, ''))], below: connections(fields).map(levelOf) }
}

/** The fields of a selection, those behind fragments too. */
const fieldsOf = ({ selectionSet }: Pick<FieldNode, 'selectionSet'>): readonly FieldNode[] =>
  (selectionSet?.selections ?? []).flatMap(each =>
    each.kind === 'Field' ? [each] : each.kind === 'InlineFragment' ? fieldsOf(each) : [],
  )

function only(field: FieldNode): FieldNode {
  expect(fieldsOf(field)).toHaveLength(1)
  return fieldsOf(field)[0] as FieldNode
}

const queryOf = (object: BulkObject): string => bulkQuery(object, "updated_at:>='x'")

function levels(object: BulkObject): readonly Connections[] {
  const [operation] = parse(queryOf(object)).definitions as readonly OperationDefinitionNode[]
  const all = (level: Connections): readonly Connections[] => [level, ...level.below.flatMap(all)]
  return all(levelOf(operation?.selectionSet.selections[0] as FieldNode))
}

const isName = (leaf: string): boolean => leaf === 'id' || leaf === '__typename'

const linesOf = (lines: Lines): readonly Lines[] => [lines, ...Object.values(lines.below ?? {}).flatMap(linesOf)]

describe.each(bulkObjects.map(object => ({ name: object.name, object })))('the query of $name', ({ object }) => {
  /** What the claims of one kind of line read, lists and the line around them included. */
  const readOf = ({ claims }: Lines): readonly string[] =>
    claims
      .flatMap(({ each, fields }) =>
        Object.values(fields).map(path =>
          path.startsWith('^') ? path.slice(1) : each === undefined ? path : `${each}.${path}`,
        ),
      )
      .filter(path => path !== '__parentId')
      .map(path => path.replaceAll(/\.[0-9]+/g, ''))

  /** What tells a line's kind. */
  const nameOf = ({ nameless }: Lines): string => (nameless === true ? '__typename' : 'id')

  it('selects what its claims read and nothing else, for each kind of line', () => {
    const expected = linesOf(object).map(lines => [...new Set([nameOf(lines), ...readOf(lines)])].toSorted().join(' '))
    const selected = levels(object).map(({ leaves }) => leaves.toSorted().join(' '))
    expect(new Set(selected)).toEqual(new Set(expected))
  })

  it('has other kinds of lines for each connection, so that no line is read by another’s claim', () => {
    const kinds = linesOf(object).flatMap(({ claims }) => [...new Set(claims.map(({ kind }) => kind))])
    expect(new Set(kinds).size).toBe(kinds.length)
    expect(kinds).not.toContain(undefined)
    expect(claimsOf(object).length).toBeGreaterThan(0)
  })

  it('keeps to what Shopify allows a bulk query: five connections, two deep, each parent with its id', () => {
    const all = levels(object)
    expect(all.length).toBeLessThanOrEqual(5)
    for (const { leaves, below } of all)
      expect(leaves.some(below.length > 0 ? leaf => leaf === 'id' : isName)).toBe(true)
    for (const { below } of all.slice(1)) for (const deeper of below) expect(deeper.below).toEqual([])
    expect(Buffer.byteLength(queryOf(object))).toBeLessThan(65_535)
  })
})
