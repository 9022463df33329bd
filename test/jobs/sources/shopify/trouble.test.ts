import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Context } from '../../../../contracts/context.ts'
import { Fault } from '../../../../contracts/fault.ts'
import { downloadBytes } from '../../../../jobs/sources/shopify/download.ts'
import { bulkObject } from '../../../../jobs/sources/shopify/object.ts'
import { orders } from '../../../../jobs/sources/shopify/orders.ts'
import { connectionTo, type Outside, outside, type Reaction } from '../../../sinks/outside.ts'
import { type MemoryLanding, memoryLanding } from '../land.ts'
import { type ScriptedShop, scriptedShop, wordOf } from './scripted-shop.ts'

const lines = Array.from({ length: 50 }, (_, n) => `{"id":"gid:\\/\\/shopify\\/Order\\/${n + 1}"}`)
const interval = { from: '2026-06-29T02:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }

let shop: ScriptedShop
let ctx: Outside
let landing: MemoryLanding
beforeEach(async () => {
  shop = await scriptedShop(lines)
  ctx = outside()
  landing = memoryLanding()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await shop.close()
})

async function extract(endpoint = shop.url): Promise<number> {
  let files = 0
  const request = { connection: connectionTo(endpoint), interval, land: landing.land }
  for await (const _ of bulkObject(orders).extract(ctx, request)) files += 1
  return files
}

async function fault(work: Promise<unknown> = extract()): Promise<Fault> {
  const caught = await work.catch((error: unknown) => error)
  expect(caught).toBeInstanceOf(Fault)
  expect((caught as Fault).hint.length).toBeGreaterThan(20)
  return caught as Fault
}

/** These answers, one after the other, to the questions how the operation goes; afterwards the shop's own. */
const answering = (...reactions: readonly Reaction[]): void => {
  shop.bend = (asked, nth) => (wordOf(asked) === 'bulkOperation' ? reactions[nth - 1] : undefined)
}
const always = (reaction: Reaction): void => {
  shop.bend = asked => (wordOf(asked) === 'bulkOperation' ? reaction : undefined)
}

const throttled: Reaction = { body: { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] } }
const tooMany = (after: string): Reaction => ({ status: 429, headers: { 'retry-after': after } })
const html: Reaction = { body: Buffer.from('<html>Welcome</html>'), headers: { 'content-type': 'text/html' } }
const storm = [throttled, tooMany('1'), tooMany('Tue, 30 Jun 2026 03:00:02 GMT'), throttled, tooMany('0.5')]

describe('an extract ends complete', () => {
  it.each<[string, readonly Reaction[]]>([
    ['a 429 storm in both of Shopify’s shapes', storm],
    ['500 and 502 in a burst', [{ status: 500 }, { status: 502 }, { status: 500 }]],
    ['HTML instead of JSON for a moment', [html]],
    [
      'answers that are cut at their first byte, and in the middle',
      [{ cutAfter: 0 }, { body: { data: {} }, cutAfter: 5 }],
    ],
  ])('through %s', async (_, reactions) => {
    answering(...reactions)
    expect(await extract()).toBe(1)
    expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
  })
})

describe('an extract leaves its interval open, says why, and what to do', () => {
  it.each<[string, Reaction, Partial<Fault>]>([
    ['where the credential is revoked in the middle (401)', { status: 401 }, { retry: 'never' }],
    ['where the right is taken away in the middle (403)', { status: 403 }, { retry: 'never' }],
    ['where a 429 storm does not end', tooMany('30'), { retry: 'later', waitMs: 30_000 }],
    ['where a storm of THROTTLED does not end', throttled, { retry: 'later' }],
    ['where nothing but 502 comes', { status: 502 }, { retry: 'later' }],
    ['where nothing but HTML comes', html, { retry: 'later' }],
  ])('%s', async (_, reaction, expected) => {
    always(reaction)
    expect(await fault()).toMatchObject(expected)
    expect(landing.files.size).toBe(0)
  })

  it('where the name of the host is unknown (DNS failure)', async () => {
    expect(await fault(extract('https://no-such-shop.invalid'))).toMatchObject({ retry: 'later' })
  })
})

/** A server that takes every connection and then does as it is told. */
async function listening(react: (socket: Socket) => void): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(react)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('a server that holds the line and says nothing, or next to nothing', () => {
  const sockets = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  let server: Server
  afterEach(() => {
    for (const timer of timers) clearInterval(timer)
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  /** One byte after the other, for ever. */
  function drip(socket: Socket, head: string): void {
    socket.write(head)
    timers.add(setInterval(() => socket.write(' '), 5))
  }
  const silence = (): void => undefined
  const loris = (socket: Socket): void => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n')

  async function at(react: (socket: Socket) => void): Promise<string> {
    const found = await listening(socket => {
      sockets.add(socket.on('error', silence))
      react(socket)
    })
    server = found.server
    return found.url
  }

  it.each([
    ['a hanging connect', silence],
    ['slow-loris', loris],
  ])('is not waited for without end by a question (%s)', async (_, react) => {
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(100))
    expect(await fault(extract(await at(react)))).toMatchObject({ retry: 'later' })
  })

  it.each([
    ['a hanging connect', silence],
    ['silence after the head', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n')],
    ['slow-loris', loris],
  ])('is taken for a cut by a download, which gives up in the end (%s)', async (_, react) => {
    const download = {
      url: await at(react),
      renew: async () => '',
      lost: async () => undefined,
      bytes: 100_000_000,
      where: 'shopify north',
      patience: { headMs: 50, leastBytes: 1_000, withinMs: 50 },
    }
    expect(await fault(all(ctx, download))).toMatchObject({ retry: 'later', what: expect.stringContaining('cut') })
  })
})

async function all(context: Context, download: Parameters<typeof downloadBytes>[1]): Promise<void> {
  for await (const _ of downloadBytes(context, download));
}

it('a slow reader of a download is no slow line', async () => {
  const download = {
    url: `${shop.url}/result?signature=once`,
    renew: async () => '',
    lost: async () => undefined,
    bytes: shop.file.length,
    where: 'shopify north',
    patience: { headMs: 1_000, leastBytes: 1_000_000, withinMs: 100 },
  }
  let bytes = 0
  for await (const chunk of downloadBytes(ctx, download)) {
    bytes += chunk.length
    await new Promise(resolve => setTimeout(resolve, 150))
  }
  expect(bytes).toBe(shop.file.length)
  expect(ctx.waits).toEqual([])
})

describe('an operation that ends otherwise than well', () => {
  it.each<[string, string | null]>([
    ['FAILED', 'INTERNAL_SERVER_ERROR'],
    ['EXPIRED', null],
  ])('%s is asked for again', async (status, errorCode) => {
    shop.endingOf = (_, nth) => (nth === 1 ? { status, errorCode, url: null } : undefined)
    expect(await extract()).toBe(1)
    expect(shop.operations).toHaveLength(2)
    expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
  })

  it('CANCELED, and again CANCELED, leaves the interval open and says whom to look for', async () => {
    shop.endingOf = () => ({ status: 'CANCELED', errorCode: null, url: null })
    expect(await fault()).toMatchObject({ retry: 'later', hint: expect.stringContaining('cancels') })
  })
})
