import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Check, eachOf } from '../../../jobs/checks/check.ts'
import { loadingCatalogue } from '../loading/catalogue.ts'
import { type ToyProject, toyProject, toySettings } from '../toy/project.ts'

const check: Check = {
  name: 'volume of orders',
  job: 'drift',
  risk: 'analytical',
  reads: [],
  scopes: connections => eachOf(connections, 'toy'),
  sql: () => 'select 1',
  compared: () => 'select 1',
}

let toy: ToyProject
beforeAll(() => {
  toy = toyProject([], { catalogue: { ...loadingCatalogue, checks: [check] } })
  const { north } = toySettings.connections
  toy.config({ ...toySettings, connections: { north: { ...north, endpoint: toy.root } } })
})
afterAll(() => toy.remove())

const past = ['--from', '2026-06-01', '--to', '2026-06-02'] as const

test.each([
  [
    ['rejects', '--contract', 'storefront.ordr'],
    'there is no contract storefront.ordr; did you mean storefront.order?',
  ],
  [['rejects', '--connection', 'nroth'], 'there is no connection nroth; did you mean north?'],
  [['findings', '--check', 'volume of order'], 'there is no check volume of order; did you mean volume of orders?'],
  [['findings', '--check', 'volume'], 'There are: volume of orders.'],
  [['findings', '--connection', 'nroth'], 'there is no connection nroth; did you mean north?'],
  [['replay', 'odrers', 'north'], 'there is no pipeline odrers; did you mean orders?'],
  [['replay', 'orders', 'nroth'], 'there is no pipeline orders on a connection nroth; did you mean north?'],
  [['replay', 'orders', 'north', '2026-06-31'], '2026-06-31 is no day'],
  [['replay', 'orders', 'north'], 'no landing of orders north is kept'],
  [['backfill', 'order', ...past], 'there is no pipeline order; did you mean orders?'],
  [['backfill', 'orders', ...past, '--connection', 'south'], 'on a connection south'],
  [['source', 'check', 'nort'], 'there is no connection that is read from nort; did you mean north?'],
  [['source', 'discover', 'tyo'], 'there is no connection that is read from tyo; did you mean toy?'],
  [['source', 'sample', 'north', 'order'], 'there is no object of north: order; did you mean orders?'],
  [['source', 'sample', 'north', 'orders', '--limit', 'many'], '--limit takes a number'],
  [['alerts', 'mute', 'ordres', '--for', '2h'], 'did you mean orders?'],
  [['alerts', 'unmute', 'ordres'], 'did you mean orders?'],
])('a name that nothing bears is a mistake in words, not all clear: %j', async (argv, words) => {
  const { code, out, err } = await toy.boomerang(...argv)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(words)
})

test.each([
  [['rejects', '--contract', 'storefront.order', '--connection', 'north'], 'No open rejects.\n'],
  [['rejects', '--contract', 'unclaimed'], 'No open rejects.\n'],
  [['findings', '--check', 'volume of orders', '--connection', 'north'], 'No open findings.\n'],
  [['alerts', 'unmute', 'orders'], 'orders was not muted.\n'],
])('a name that is known and has nothing is all clear: %j', async (argv, says) => {
  expect(await toy.boomerang(...argv)).toEqual({ code: 0, out: says, err: '' })
})
