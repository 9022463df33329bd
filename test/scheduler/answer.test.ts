import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { fetchAnswer } from '../../scheduler/answer.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function serve(listener: RequestListener): Promise<string> {
  const opened = createServer(listener)
  server = opened
  await new Promise<void>(resolve => opened.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(opened.address() as AddressInfo).port}/orders?token=secret`
}

const quick = { answerMs: 150, silenceMs: 150 }
const never = new AbortController().signal
const bare = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/orders$/)

test('an answer comes with its status, headers, address and whole body', async () => {
  const url = await serve((_, response) => response.writeHead(201, { 'x-limit': '7' }).end('[1, 2]'))
  const response = await fetchAnswer(url, { signal: never }, quick)
  expect([response.status, response.headers.get('x-limit'), response.url]).toEqual([201, '7', url])
  expect(await response.json()).toEqual([1, 2])
})

test('what cannot even be asked is not quoted, for it may hold a secret', async () => {
  for (const [url, headers] of [
    ['https://me:hush-hush@127.0.0.1:1/x', {}],
    ['https://127.0.0.1:1/x', { token: 'hush-hush\nmore' }],
  ] as const)
    await expect(fetchAnswer(url, { signal: never, headers }, quick)).rejects.toMatchObject({
      what: expect.not.stringContaining('hush-hush'),
      where: 'https://127.0.0.1:1/x',
    })
})

test('an answer without a body is an answer', async () => {
  const url = await serve((_, response) => response.writeHead(204).end())
  expect((await fetchAnswer(url, { signal: never }, quick)).status).toBe(204)
})

test('a body that keeps flowing may take longer than any silence', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200)
    let sent = 0
    const timer = setInterval(() => {
      response.write('x'.repeat(10))
      sent += 1
      if (sent < 30) return
      clearInterval(timer)
      response.end()
    }, 50)
  })
  const response = await fetchAnswer(url, { signal: never }, { answerMs: 1_000, silenceMs: 1_000 })
  expect(await response.text()).toBe('x'.repeat(300))
})

test('no answer at all is a Fault that may be tried again and does not repeat the query', async () => {
  const url = await serve(() => undefined)
  await expect(fetchAnswer(url, { signal: never }, quick)).rejects.toMatchObject({
    what: 'no answer came within 0.15 seconds',
    where: bare,
    retry: 'later',
  })
})

test('a body that falls silent is a Fault', async () => {
  const url = await serve((_, response) => response.writeHead(200).write('half'))
  const response = await fetchAnswer(url, { signal: never }, quick)
  await expect(response.text()).rejects.toMatchObject({
    what: 'the answer broke off: nothing came for 0.15 seconds',
    where: bare,
    retry: 'later',
  })
})

test('a body that is cut is a Fault', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  const response = await fetchAnswer(url, { signal: never }, quick)
  await expect(response.text()).rejects.toMatchObject({
    what: expect.stringMatching(/^the answer broke off: /),
    retry: 'later',
  })
})

test('a place that does not answer calls is a Fault with what the system said', async () => {
  const url = await serve(() => undefined)
  server?.closeAllConnections()
  await new Promise(resolve => server?.close(resolve))
  await expect(fetchAnswer(url, { signal: never }, quick)).rejects.toMatchObject({
    what: expect.stringContaining('ECONNREFUSED'),
    where: bare,
    retry: 'later',
  })
})

test('a caller who stops is not told of a Fault', async () => {
  const url = await serve(() => undefined)
  const stop = new AbortController()
  const asked = fetchAnswer(url, { signal: stop.signal }, { answerMs: 60_000, silenceMs: 60_000 })
  stop.abort(new Error('stopped'))
  await expect(asked).rejects.toThrow('stopped')
})

test('a secret of two lines is not sent, and the error says where to look, without it', async () => {
  const url = await serve((_, response) => response.end())
  const fault = await fetchAnswer(url, { signal: never, headers: { 'x-token': 's3cr3t\nother' } }, quick).catch(
    (error: unknown) => error,
  )
  expect(fault).toMatchObject({
    what: expect.stringContaining('x-token has more than one line'),
    retry: 'never',
    where: bare,
  })
  expect(String((fault as Error).stack)).not.toContain('s3cr3t')
})
