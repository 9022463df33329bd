import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { netsuite } from '../../../jobs/sources/netsuite.ts'
import type { Delivery, SourceObject } from '../../../jobs/sources/source.ts'
import { faultList } from '../../../sandbox/faults.ts'
import { netsuiteInvoice, netsuiteItem, netsuiteServer } from '../../../sandbox/netsuite.ts'
import type { NetsuiteTables } from '../../../sandbox/suiteql.ts'
import { outside } from '../../sinks/outside.ts'
import { judgeSource, type Origin } from '../../suite/source.ts'
import { memoryLanding } from './land.ts'
import { judgeLoads, listening, originOf } from './paged-vendor.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const secrets = {
  clientId: 'client-1',
  certificateId: 'certificate-1',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}
const [invoices, items] = netsuite.objects as readonly [SourceObject, SourceObject]
const makers = { transaction: netsuiteInvoice, item: netsuiteItem } as const
const start = Date.parse('2026-06-30T03:00:00Z')

interface Terms {
  readonly table?: keyof typeof makers
  readonly tables?: NetsuiteTables
  readonly now?: () => number
}

async function open({
  table = 'transaction',
  tables = { transaction: [], item: [] },
  now = () => start,
}: Terms = {}): Promise<Origin> {
  const { clientId, certificateId } = secrets
  let id = 0
  return originOf(
    await listening(netsuiteServer({ tables, clientId, certificateId, publicKey, faults: faultList(), now })),
    {
      secrets,
      add: at => {
        id += 1
        tables[table].push(makers[table](1, id, at))
        return String(id)
      },
      nameOf: line => String(line.id),
    },
  )
}

function books(count: number, at: (id: number) => number): NetsuiteTables {
  const ids = Array.from({ length: count }, (_, n) => n + 1)
  return {
    transaction: ids.map(id => netsuiteInvoice(2, id, at(id))),
    item: ids.map(id => netsuiteItem(2, id, at(id))),
  }
}

judgeSource(invoices, { open: () => open(), gives: 'all since' })
judgeSource(items, { open: () => open({ table: 'item' }), gives: 'all since' })
judgeLoads(netsuite, () => open({ tables: books(2_300, id => Date.parse('2026-06-01T00:00:00Z') + id * 60_000) }))

const all = { from: '2026-06-01T00:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }

async function extractAll(
  origin: Origin,
): Promise<{ readonly deliveries: readonly Delivery[]; readonly names: readonly string[] }> {
  const landing = memoryLanding()
  const deliveries: Delivery[] = []
  for await (const delivery of items.extract(outside(), {
    connection: origin.connection,
    interval: all,
    land: landing.land,
  }))
    deliveries.push(delivery)
  await origin.close()
  return { deliveries, names: origin.namesIn(landing.files) }
}

it('reads more than a query gives in halves of its time, and what one second holds in halves of its ids', async () => {
  const rush = Date.parse('2026-06-15T12:00:00Z')
  const tables = { transaction: [], item: books(100_400, id => (id <= 100_200 ? rush : rush + id * 1000)).item }
  const { deliveries, names } = await extractAll(await open({ tables }))
  expect(deliveries.length).toBeGreaterThan(2)
  expect(new Set(names).size).toBe(100_400)
}, 120_000)

it('does not begin anew where a row that was still to come is deleted', async () => {
  const { item } = books(2_300, id => Date.parse('2026-06-15T12:00:00Z') + id * 1000)
  const origin = await open({ tables: { transaction: [], item } })
  let calls = 0
  const ctx = outside({
    async fetch(url, init) {
      if (url.includes('suiteql')) calls += 1
      if (calls === 2) item.splice(2_000, 1)
      return fetch(url, init)
    },
  })
  const landing = memoryLanding()
  for await (const _ of items.extract(ctx, { connection: origin.connection, interval: all, land: landing.land })) void _
  expect(origin.namesIn(landing.files)).toHaveLength(2_299)
  expect(calls).toBe(3)
  await origin.close()
})

it('names its host as the account, and says what to do where the certificate is another', async () => {
  const origin = await open()
  expect(await netsuite.check(outside(), origin.connection)).toEqual({ account: '127.0.0.1' })
  const stranger = { ...origin.connection, secrets: { ...secrets, certificateId: 'other' } }
  await expect(netsuite.check(outside(), stranger)).rejects.toMatchObject({
    retry: 'never',
    what: expect.stringContaining('400'),
  })
  await origin.close()
})

describe('the simulated NetSuite refuses', () => {
  const good = 'SELECT i.id FROM item i WHERE i.id > 0 ORDER BY i.id'

  async function ask(query: string, { q = good, prefer = 'transient' } = {}): Promise<unknown> {
    const origin = await open()
    let authorization = ''
    const ctx = outside({
      async fetch(url, init) {
        authorization = new Headers(init?.headers).get('authorization') ?? authorization
        return fetch(url, init)
      },
    })
    await netsuite.check(ctx, origin.connection)
    const headers = { authorization, prefer, 'content-type': 'application/json' }
    const response = await fetch(`${origin.connection.endpoint}/services/rest/query/v1/suiteql?${query}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ q }),
    })
    const found = (await response.json()) as { readonly 'o:errorDetails'?: readonly { readonly detail: string }[] }
    await origin.close()
    return [response.status, found['o:errorDetails']?.[0]?.detail]
  }

  it('more than 1,000 rows a page, and an offset that no page begins at', async () => {
    expect(await ask('limit=1001&offset=0')).toEqual([400, 'Limit must be between 1 and 1000.'])
    expect(await ask('limit=1000&offset=500')).toEqual([400, 'Offset must be divisible by limit.'])
    expect(await ask('limit=1000&offset=1000')).toEqual([404, 'Specified offset is out of bounds.'])
  })

  it('a query that is not transient, or names what is not there', async () => {
    expect(await ask('limit=10', { prefer: '' })).toEqual([400, expect.stringContaining('transient')])
    expect(await ask('limit=10', { q: good.replace('i.id FROM', 'i.colour FROM') })).toEqual([
      400,
      expect.stringContaining("Unknown identifier 'i.colour'"),
    ])
  })
})
