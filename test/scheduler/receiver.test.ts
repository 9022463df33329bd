import { createHmac } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heard } from '../../jobs/bells.ts'
import { shopifyHooks } from '../../jobs/sources/shopify/hooks.ts'
import { openSpool, type Spool, sealedPieces } from '../../jobs/spool.ts'
import { receiver } from '../../scheduler/receiver.ts'

const secret = 'shpss_a-client-secret'
const sign = (body: string | Buffer, key = secret): string => createHmac('sha256', key).update(body).digest('base64')
const now = (): Date => new Date('2026-06-30T03:00:00.123Z')

let folder: string
let spool: Spool
let server: Server
let url: string
let logged: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receiver-'))
  spool = await openSpool(folder, now)
  logged = []
  const desk = { connection: 'north', hooks: shopifyHooks, secret: () => secret, spool, folder }
  server = receiver({ desks: [desk], now, log: (event, facts) => void logged.push(JSON.stringify([event, facts])) })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await spool.close()
  await rm(folder, { recursive: true, force: true })
})

const headers = (body: string | Buffer, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'content-type': 'application/json',
  'x-shopify-topic': 'orders/updated',
  'x-shopify-event-id': 'event-000001',
  'x-shopify-triggered-at': '2026-06-30T02:59:58.500000001Z',
  'x-shopify-hmac-sha256': sign(body),
  ...more,
})

const order =
  '{\n  "id": 820982911946154508,\r\n  "admin_graphql_api_id": "gid:\\/\\/shopify\\/Order\\/820982911946154508",\n  "note": "two\\nlines" }'

async function post(
  body: string | Buffer,
  more: Readonly<Record<string, string>> = {},
  path = '/hooks/north',
): Promise<number> {
  const response = await fetch(`${url}${path}`, { method: 'POST', body, headers: headers(body, more) })
  return response.status
}

/** Every line that is kept, sealed. */
async function kept(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await spool.seal()
  const pieces = await sealedPieces(folder)
  const texts = await Promise.all(pieces.map(piece => readFile(piece, 'utf8')))
  return texts.flatMap(text =>
    text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as never),
  )
}

describe('an event', () => {
  it('of a bulk operation that has ended wakes whoever waits for it, and only one that is genuine', async () => {
    const body = '{"admin_graphql_api_id":"gid://shopify/BulkOperation/720918","status":"completed","type":"query"}'
    const finished = { 'x-shopify-topic': 'bulk_operations/finish' }
    expect(await post(body, { ...finished, 'x-shopify-hmac-sha256': sign('another') })).toBe(401)
    expect(await heard(folder, 'gid://shopify/BulkOperation/720918')).toBe(false)
    expect(await post(body, finished)).toBe(200)
    expect(await heard(folder, 'gid://shopify/BulkOperation/720919')).toBe(false)
    expect(await heard(folder, 'gid://shopify/BulkOperation/720918')).toBe(true)
    expect(await heard(folder, 'gid://shopify/BulkOperation/720918')).toBe(false)
  })

  it('is acknowledged, and kept with what it is about and its payload to the last sign', async () => {
    expect(await post(order)).toBe(200)
    expect(await kept()).toEqual([
      {
        event: {
          id: 'event-000001',
          topic: 'orders/updated',
          subject: 'gid://shopify/Order/820982911946154508',
          emittedAt: '2026-06-30T02:59:58.500000Z',
          receivedAt: '2026-06-30T03:00:00.123000Z',
          attempts: 1,
        },
        payload: JSON.parse(order),
      },
      { safe: '2026-06-30T03:00:00.123000Z', lines: 1 },
    ])
  })

  it('is on disk before it is acknowledged', async () => {
    let flushed = false
    const slow: Spool = {
      ...spool,
      async append(line) {
        await spool.append(line)
        await new Promise(resolve => setImmediate(resolve))
        flushed = true
      },
    }
    const other = receiver({
      desks: [{ connection: 'north', hooks: shopifyHooks, secret: () => secret, spool: slow, folder }],
      now,
      log: () => undefined,
    })
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}/hooks/north`
    const response = await fetch(at, { method: 'POST', body: order, headers: headers(order) })
    expect([response.status, flushed]).toEqual([200, true])
    await new Promise(resolve => other.close(resolve))
  })

  it('that cannot be written is not acknowledged, and is asked for again', async () => {
    await rm(folder, { recursive: true })
    await writeFile(folder, 'not a folder')
    expect(await post(order)).toBe(503)
    expect(logged.join()).toContain('event not kept')
  })

  it('that comes again is counted, so that retries can be seen', async () => {
    await post(order)
    await post(order)
    const events = (await kept()).flatMap(({ event }) =>
      event === undefined ? [] : [(event as { attempts: number }).attempts],
    )
    expect(events).toEqual([1, 2])
  })

  it.each([
    ['another secret', { 'x-shopify-hmac-sha256': sign(order, 'another') }],
    ['no signature', { 'x-shopify-hmac-sha256': '' }],
    ['a signature of another body', { 'x-shopify-hmac-sha256': sign(`${order} `) }],
    ['half a signature', { 'x-shopify-hmac-sha256': sign(order).slice(0, 20) }],
    [
      'a signature in hexadecimal',
      { 'x-shopify-hmac-sha256': createHmac('sha256', secret).update(order).digest('hex') },
    ],
  ])('with %s is refused, and nothing of it is kept or logged', async (_, more) => {
    expect(await post(order, more)).toBe(401)
    expect(await kept()).toEqual([])
    expect(logged.join()).not.toContain('8209')
  })

  it.each([
    ['no JSON', 'id=1'],
    ['a list', '[1]'],
    ['nothing', ''],
  ])('whose body is %s is refused', async (_, body) => {
    expect(await post(body)).toBe(400)
    expect(await kept()).toEqual([])
  })

  it.each([
    ['is of ten kilobytes', 'e'.repeat(10_000)],
    ['holds another sign', 'event-1; drop'],
    ['is too short to be one', 'e'],
  ])('whose id %s is refused: no other could be told from it', async (_, id) => {
    expect(await post(order, { 'x-shopify-event-id': id })).toBe(400)
    expect(await kept()).toEqual([])
  })

  it('of more than five megabytes is refused', async () => {
    expect(await post(`{"x":"${'y'.repeat(6 * 1024 * 1024)}"}`)).toBe(413)
  })

  it('is taken while others hold large ones back, of which no more are held than memory is for', async () => {
    const port = Number(new URL(url).port)
    const half = Buffer.alloc(4_900_000, 'x')
    const answers: string[] = []
    const slow = Array.from({ length: 30 }, () => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('POST /hooks/north HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n')
        socket.write(half)
      })
      socket.on('data', chunk => answers.push(String(chunk).slice(9, 12))).on('error', () => undefined)
      return socket
    })
    while (answers.length < 10) await new Promise(resolve => setTimeout(resolve, 10))
    expect(await post(order)).toBe(200)
    expect([...new Set(answers)]).toEqual(['503'])
    for (const socket of slow) socket.destroy()
  })

  it('for a connection that is not there is refused', async () => {
    expect(await post(order, {}, '/hooks/south')).toBe(404)
    expect(await post(order, {}, '/hooks/../north')).toBe(404)
    expect((await fetch(`${url}/hooks/north`)).status).toBe(405)
  })

  it('that tells of a deletion names what is gone, though its payload is only a number', async () => {
    const body = '{"id":788032119674292922}'
    await post(body, { 'x-shopify-topic': 'customers/delete', 'x-shopify-hmac-sha256': sign(body) })
    expect((await kept())[0]).toMatchObject({ event: { subject: 'gid://shopify/Customer/788032119674292922' } })
  })
})

it('a sender that breaks off leaves nothing', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const head = Object.entries(headers(order))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  socket.write(
    `POST /hooks/north HTTP/1.1\r\nhost: x\r\ncontent-length: ${order.length}\r\n${head}\r\n${order.slice(0, 20)}`,
  )
  await new Promise(resolve => setTimeout(resolve, 50))
  socket.destroy()
  await new Promise(resolve => socket.once('close', resolve))
  expect(await kept()).toEqual([])
})

describe('the spool', () => {
  it('keeps many lines in the order in which they came', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, n) => spool.append(`{"n":${n}}`)))
    expect((await kept()).flatMap(({ n }) => (n === undefined ? [] : [n]))).toEqual(
      Array.from({ length: 500 }, (_, n) => n),
    )
  })

  it('seals what a killed process left open, half a line and all', async () => {
    await writeFile(join(folder, 'open.part'), '{"n":1}\n{"n":2')
    const again = await openSpool(folder, now)
    await again.append('{"n":3}')
    await again.close()
    const texts = await Promise.all((await sealedPieces(folder)).map(piece => readFile(piece, 'utf8')))
    expect(texts[0]).toBe('{"n":1}\n{"n":2\n')
    expect(texts[1]).toMatch(/^\{"n":3\}\n/)
  })

  it('seals nothing where nothing came', async () => {
    await spool.seal()
    expect((await readdir(folder)).filter(name => name.endsWith('.jsonl'))).toEqual([])
  })
})
