import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { shopifyClient } from '../../../sinks/shopify/client.ts'
import { type Asked, connectionTo, type Outside, outside, type Reaction, type Vendor, vendor } from '../outside.ts'

const ask: Ask<unknown> = { name: 'shop', kind: 'query', text: 'query { shop { id } }', answer: z.unknown() }
const good: Reaction = { body: { data: { shop: { id: '1' } } } }

let shop: Vendor
afterEach(() => shop.close())

const held = (asked: Asked): string => String(asked.headers['x-shopify-access-token'])

describe('an app that asks for its own tokens', () => {
  const secrets = { clientId: 'id', clientSecret: 'a-client-secret' }
  let granted: number
  let clock: string

  async function client(
    react: (asked: Asked) => Reaction = () => good,
  ): Promise<[ReturnType<typeof shopifyClient>, Outside, string[]]> {
    granted = 0
    clock = '2026-06-30T03:00:00Z'
    const hidden: string[] = []
    shop = await vendor(
      asked => {
        if (asked.path !== '/admin/oauth/access_token') return react(asked)
        granted += 1
        return { body: { access_token: `granted-${granted}`, scope: 'read_orders', expires_in: 86_399 } }
      },
      text => Object.fromEntries(new URLSearchParams(text)),
    )
    const ctx = outside({ now: () => new Date(clock), hide: value => void hidden.push(value) })
    return [shopifyClient(ctx, connectionTo(shop.url, { secrets })), ctx, hidden]
  }

  it('asks once for many questions, with its id and secret', async () => {
    const [shopify, , hidden] = await client()
    await shopify.data(ask)
    await shopify.data(ask)
    expect(granted).toBe(1)
    expect(shop.asked[0]?.body).toEqual({
      grant_type: 'client_credentials',
      client_id: 'id',
      client_secret: 'a-client-secret',
    })
    expect(shop.asked.slice(1).map(held)).toEqual(['granted-1', 'granted-1'])
    expect(hidden).toEqual(['granted-1'])
  })

  it('asks for another before the 24 hours are over, in the middle of its work', async () => {
    const [shopify] = await client()
    await shopify.data(ask)
    clock = '2026-07-01T02:58:00Z'
    await shopify.data(ask)
    expect(held(shop.asked.at(-1) as Asked)).toBe('granted-2')
  })

  it('asks for another when one expires in the middle, and asks its question again', async () => {
    const [shopify, ctx] = await client(asked => (held(asked) === 'granted-1' ? { status: 401 } : good))
    expect(await shopify.data(ask)).toEqual({ shop: { id: '1' } })
    expect(granted).toBe(2)
    expect(JSON.stringify(ctx.logged)).not.toContain('granted')
  })

  it('that was revoked is told so, after one more try', async () => {
    const [shopify] = await client(() => ({ status: 401 }))
    await expect(shopify.data(ask)).rejects.toMatchObject({ retry: 'never', what: expect.stringContaining('401') })
    expect(granted).toBe(2)
  })

  it.each([
    [{ status: 400, body: { error: 'application_cannot_be_found' } }, 'never'],
    [{ status: 503 }, 'later'],
    [{ status: 200, body: Buffer.from('<html>') }, 'never'],
    [{ cutAfter: 0 }, 'later'],
  ] as const)('that is given none is told why, and no secret with it: %o', async (reaction, retry) => {
    shop = await vendor(
      () => reaction,
      text => text,
    )
    const shopify = shopifyClient(outside(), connectionTo(shop.url, { secrets }))
    const caught = await shopify.data(ask).catch((error: unknown) => error)
    expect(caught).toMatchObject({ retry, what: expect.stringContaining('no access token was given') })
    expect(JSON.stringify(caught)).not.toContain('a-client-secret')
  })
})

describe('a token that an admin made', () => {
  it('that was replaced is read again once it is refused', async () => {
    shop = await vendor(asked => (held(asked) === 'old' ? { status: 401 } : good))
    const ctx = outside({
      secret: (reference, fresh) => (reference === 'env:TOKEN' ? (fresh === true ? 'new' : 'old') : reference),
    })
    expect(await shopifyClient(ctx, connectionTo(shop.url)).data(ask)).toEqual({ shop: { id: '1' } })
    expect(shop.asked.map(held)).toEqual(['old', 'new'])
  })

  it('that is refused and is still the same is not tried twice', async () => {
    shop = await vendor(() => ({ status: 401 }))
    await expect(shopifyClient(outside(), connectionTo(shop.url)).data(ask)).rejects.toMatchObject({ retry: 'never' })
    expect(shop.asked).toHaveLength(1)
  })
})
