import { describe, expect, it } from 'vitest'
import { akeneo } from '../../../jobs/sources/akeneo.ts'
import type { SourceObject } from '../../../jobs/sources/source.ts'
import { type AkeneoProduct, akeneoProduct, akeneoServer } from '../../../sandbox/akeneo.ts'
import { faultList } from '../../../sandbox/faults.ts'
import { outside } from '../../sinks/outside.ts'
import { judgeSource, type Origin } from '../../suite/source.ts'
import { memoryLanding } from './land.ts'
import { judgeLoads, listening, originOf } from './paged-vendor.ts'

const secrets = { clientId: 'erp_1', clientSecret: 'hidden', username: 'erp_0001', password: 'pass' }
const [products] = akeneo.objects as readonly [SourceObject]
const start = Date.parse('2026-06-30T03:00:00Z')

interface Terms {
  readonly held?: AkeneoProduct[]
  readonly now?: () => number
}

async function open({ held = [], now = () => start }: Terms = {}): Promise<Origin> {
  let n = 0
  return originOf(await listening(akeneoServer({ products: held, ...secrets, faults: faultList(), now })), {
    secrets,
    add: at => {
      const product = akeneoProduct(1, n++, at)
      held.push(product)
      return product.uuid
    },
    nameOf: line => String(line.uuid),
  })
}

const catalogue = (count: number): AkeneoProduct[] =>
  Array.from({ length: count }, (_, n) => akeneoProduct(2, n, Date.parse('2026-06-01T00:00:00Z') + n * 60_000))

judgeSource(products, { open, gives: 'all since' })
judgeLoads(akeneo, () => open({ held: catalogue(350) }))

it('names its host as the account, and says what to do where the user may not enter', async () => {
  const origin = await open()
  expect(await akeneo.check(outside(), origin.connection)).toEqual({ account: '127.0.0.1' })
  const stranger = { ...origin.connection, secrets: { ...secrets, password: 'other' } }
  await expect(akeneo.check(outside(), stranger)).rejects.toMatchObject({
    retry: 'never',
    what: expect.stringContaining('422'),
  })
  await origin.close()
})

describe('an hour that passes while pages are read', () => {
  /** Forty minutes for each page, on the PIM's clock and, where they agree, on ours. */
  async function read(clocksAgree: boolean): Promise<readonly string[]> {
    const held = catalogue(350)
    let now = start
    const origin = await open({ held, now: () => now })
    const landing = memoryLanding()
    const ctx = outside({
      ...(clocksAgree ? { now: () => new Date(now) } : {}),
      async fetch(url, init) {
        const response = await fetch(url, init)
        if (url.includes('products-uuid')) now += 40 * 60_000
        return response
      },
    })
    const interval = { from: '2026-01-01T00:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }
    for await (const _ of products.extract(ctx, { connection: origin.connection, interval, land: landing.land })) void _
    expect(origin.namesIn(landing.files).toSorted()).toEqual(held.map(({ uuid }) => uuid).toSorted())
    await origin.close()
    return ctx.logged.map(({ event }) => event)
  }

  it('ends no token that is in use: another is asked for before', async () => {
    expect(await read(true)).toEqual([])
  })

  it('is no harm where clocks differ: a refused token is renewed', async () => {
    expect(await read(false)).toContain('token renewed')
  })
})

describe('the simulated PIM refuses', () => {
  const search = (value: object): string =>
    `/api/rest/v1/products-uuid?pagination_type=search_after&search=${encodeURIComponent(JSON.stringify(value))}`

  async function ask(path: string): Promise<unknown> {
    const origin = await open()
    const basic = `Basic ${Buffer.from(`${secrets.clientId}:${secrets.clientSecret}`).toString('base64')}`
    const { username, password } = secrets
    const body = JSON.stringify({ grant_type: 'password', username, password })
    const given = await fetch(`${origin.connection.endpoint}/api/oauth/v1/token`, {
      method: 'POST',
      headers: { authorization: basic },
      body,
    })
    const { access_token } = (await given.json()) as { readonly access_token: string }
    const response = await fetch(`${origin.connection.endpoint}${path}`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    const found = await response.json()
    await origin.close()
    return found
  }

  it.each([
    [
      '/api/rest/v1/products-uuid?pagination_type=search_after&limit=101',
      422,
      'You cannot request more than 100 items.',
    ],
    [search({ updated: [{ operator: '>', value: '2026-06-30T02:00:00Z' }] }), 422, /format "yyyy-mm-dd H:i:s"/],
    [search({ changed: [{ operator: '>', value: '2026-06-30 02:00:00' }] }), 422, /not supported/],
  ])('%s', async (path, code, message) => {
    expect(await ask(path)).toEqual({ code, message: expect.stringMatching(message) })
  })

  it('an access without a token', async () => {
    const origin = await open()
    expect((await fetch(`${origin.connection.endpoint}/api/rest/v1/products-uuid`)).status).toBe(401)
    await origin.close()
  })
})
