import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AlertRoute, risks } from '../../../contracts/connection.ts'
import { routesFor } from '../../../scheduler/alerts/routes.ts'

const route = (address: string, more: Partial<AlertRoute> = {}): AlertRoute => ({
  to: 'webhook',
  address,
  from: 'analytical',
  ...more,
})
const all = route('all')
const grave = route('grave', { from: 'financial' })
const finance = route('finance', { owner: 'finance', from: 'operational' })
const routes = [all, grave, finance]
const addresses = (risk: AlertRoute['from'], owner?: string): readonly string[] =>
  routesFor(routes, { risk, ...(owner === undefined ? {} : { owner }) }).map(({ address }) => address)

test('a route takes what is at least as grave as it asks', () => {
  expect(addresses('financial')).toEqual(['all', 'grave'])
  expect(addresses('operational')).toEqual(['all'])
})

test('an owner’s trouble goes to the owner alone, and to the routes of all where the owner has none that takes it', () => {
  expect(addresses('financial', 'finance')).toEqual(['finance'])
  expect(addresses('analytical', 'finance')).toEqual(['all'])
  expect(addresses('financial', 'warehouse')).toEqual(['all', 'grave'])
})

test('no trouble is lost that some route of all would take', () => {
  const owner = fc.option(fc.constantFrom('a', 'b'), { nil: undefined })
  const risk = fc.constantFrom(...risks)
  const some = fc.array(fc.record({ owner, from: risk }).map(more => route('x', more)))
  fc.assert(
    fc.property(some, risk, owner, (given, gravity, whose) => {
      const taken = routesFor(given, { risk: gravity, ...(whose === undefined ? {} : { owner: whose }) })
      const open = given.some(each => each.owner === undefined && risks.indexOf(gravity) <= risks.indexOf(each.from))
      if (open) expect(taken.length).toBeGreaterThan(0)
      for (const each of taken) expect([undefined, whose]).toContain(each.owner)
    }),
  )
})
