import { afterEach, describe, expect, it } from 'vitest'
import { fetchAnswer } from '../../scheduler/answer.ts'
import { baseUrl, codeOf, retryAfterMs, send } from '../../sinks/send.ts'
import { connectionTo, outside, type Reaction, type Vendor, vendor } from './outside.ts'

let place: Vendor | undefined
afterEach(async () => {
  await place?.close()
  place = undefined
})

/** As a step fetches at night: failures come as Faults that carry their cause. */
const signal = new AbortController().signal
const patient = (answerMs: number) =>
  outside({ fetch: (url, init) => fetchAnswer(url, { ...init, signal }, { answerMs, silenceMs: 200 }) })

const request = (url: string) => ({ method: 'POST', url, headers: {}, body: '{}' }) as const

describe.each([
  ['the machine’s own fetch', () => outside()],
  ['the fetch of a step', () => patient(200)],
] as const)('through %s', (_, context) => {
  it('a whole answer is given back, whatever its status', async () => {
    place = await vendor(() => ({ status: 418, body: 'teapot' }))
    expect(await send(context(), request(place.url))).toMatchObject({ state: 'answered', status: 418, body: 'teapot' })
  })

  it('a connection that was refused has sent nothing', async () => {
    place = await vendor(() => ({}))
    await place.close()
    expect(await send(context(), request(place.url))).toMatchObject({
      state: 'silent',
      sent: false,
      why: `no whole answer came from ${new URL(place.url).host} (ECONNREFUSED)`,
    })
  })

  it.each([
    ['before its first byte', { cutAfter: 0 }],
    ['in its middle', { body: 'a long answer', cutAfter: 4 }],
  ] as const)('an answer that is cut %s may follow a write that was done', async (_, reaction: Reaction) => {
    place = await vendor(() => reaction)
    expect(await send(context(), request(place.url))).toMatchObject({ state: 'silent', sent: true })
  })
})

it('an answer that never comes may follow a write that was done', async () => {
  place = await vendor(() => new Promise<Reaction>(() => undefined))
  expect(await send(patient(50), request(place.url))).toMatchObject({ state: 'silent', sent: true })
})

it('a failure is named by its innermost code, never by a message', () => {
  const cause = Object.assign(new Error('connect to 10.0.0.1 with token x'), { code: 'ECONNRESET' })
  expect(codeOf(new TypeError('fetch failed', { cause }))).toBe('ECONNRESET')
  expect(codeOf(new TypeError('no code'))).toBe('TypeError')
  expect(codeOf('text')).toBe('unknown failure')
})

it.each([
  ['2', 2_000],
  ['2.0', 2_000],
  ['0.25', 250],
  ['Tue, 30 Jun 2026 03:00:05 GMT', 5_000],
  ['Tue, 30 Jun 2026 02:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('Retry-After %o asks for %o milliseconds', (text, ms) => {
  expect(retryAfterMs(new Headers({ 'retry-after': text }), new Date('2026-06-30T03:00:00Z'))).toBe(ms)
})

it.each([
  ['https://shop.example/', 'https://shop.example'],
  ['https://shop.example/base/?x=1', 'https://shop.example/base'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
])('the endpoint %s is spoken to as %s', (endpoint, url) => {
  expect(baseUrl(outside(), connectionTo(endpoint))).toBe(url)
})
