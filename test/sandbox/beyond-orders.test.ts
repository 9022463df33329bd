import { describe, expect, it } from 'vitest'
import { shops } from '../../sandbox/shops.ts'
import { bulkRefusals } from '../../sandbox/storefront/bulk-checks.ts'
import { bulkLines } from '../../sandbox/storefront/bulk-result.ts'

const world = { seed: 7, orders: 300, day: 1 }

type Line = Readonly<Record<string, unknown>>
const linesOf = (query: string): readonly Line[] =>
  [...bulkLines(world, shops.north, { query, grouped: false })].map(({ text }) => JSON.parse(text) as Line)

const ofType = (type: string, fields: string): string =>
  `{ discountNodes { edges { node { id discount { __typename ... on ${type} { ${fields} } } } } } }`

describe('a union in a bulk query', () => {
  it('gives the fields behind a type’s name for that type alone', () => {
    const lines = linesOf(ofType('DiscountCodeBasic', 'usageLimit'))
    const found = lines.map(({ discount }) => discount as Line)
    expect(found.filter(each => 'usageLimit' in each).map(({ __typename }) => __typename)).toEqual([
      'DiscountCodeBasic',
    ])
    expect(found.length).toBeGreaterThan(1)
  })

  it('gives the nodes of a connection inside it as lines below the line around it, and not in that line', () => {
    const lines = linesOf(ofType('DiscountCodeBasic', 'title codes { edges { node { id code } } }'))
    const [basic] = lines.filter(({ discount }) => (discount as Line | undefined)?.title !== undefined)
    const codes = lines.filter(({ __parentId }) => __parentId !== undefined)
    expect(basic?.discount).not.toHaveProperty('codes')
    expect(new Set(codes.map(({ __parentId }) => __parentId))).toEqual(new Set([basic?.id]))
    expect(codes.length).toBeGreaterThan(0)
  })

  it('gives each of its lines once, however many types name the connection', () => {
    const codes = 'codes { edges { node { id } } }'
    const both = `{ discountNodes { edges { node { id discount { ... on DiscountCodeBasic { ${codes} } ... on DiscountCodeBxgy { ${codes} } } } } } }`
    const ids = linesOf(both).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('counts as many connections as are named in it, whatever type each is of', () => {
    const codes = 'codes { edges { node { id } } }'
    const five = (types: readonly string[]): string =>
      `{ discountNodes { edges { node { id discount { ${types.map(type => `... on ${type} { ${codes} }`).join(' ')} } } } } }`
    const types = ['DiscountCodeApp', 'DiscountCodeBasic', 'DiscountCodeBxgy', 'DiscountCodeFreeShipping']
    expect(bulkRefusals(five(types))).toEqual([])
    expect(bulkRefusals(five([...types, 'DiscountCodeBasic']))).toEqual([
      'Bulk queries cannot contain more than 5 connections.',
    ])
  })
})
