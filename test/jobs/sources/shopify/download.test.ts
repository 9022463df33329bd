import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { landFile } from '../../../../jobs/landing.ts'
import { type Download, downloadBytes } from '../../../../jobs/sources/shopify/download.ts'
import { outside } from '../../../sinks/outside.ts'

/** How one answer goes: so many bytes and then the end, a break, or a refusal; and whether it heeds the range. */
interface Turn {
  readonly bytes: number
  readonly ending: 'end' | 'break' | 'refuse' | 'expire'
  readonly heedsRange: boolean
}

const turn = fc.record({
  bytes: fc.integer({ min: 0, max: 40 }),
  ending: fc.constantFrom<Turn['ending']>('end', 'break', 'break', 'refuse', 'expire'),
  heedsRange: fc.boolean(),
})

const statuses = { refuse: 503, expire: 403 } as const

/** A file server that takes these turns, and afterwards gives what it is asked for. */
function server(file: Uint8Array, turns: readonly Turn[]): (url: string, init?: RequestInit) => Promise<Response> {
  let nth = 0
  return async (_, init) => {
    const now = turns[nth++] ?? { bytes: file.length, ending: 'end', heedsRange: true }
    if (now.ending === 'refuse' || now.ending === 'expire') return new Response(null, { status: statuses[now.ending] })
    const range = new Headers(init?.headers).get('range')
    const from = now.heedsRange && range !== null ? Number(range.slice('bytes='.length, -1)) : 0
    const rest = file.subarray(from)
    let at = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = rest.subarray(at, Math.min(at + 7, now.bytes, rest.length))
        at += chunk.length
        if (chunk.length > 0) return controller.enqueue(chunk)
        if (now.ending === 'break') controller.error(new TypeError('terminated'))
        else controller.close()
      },
    })
    if (from === 0) return new Response(body, { headers: { etag: '"a"' } })
    const span = `bytes ${from}-${file.length - 1}/${file.length}`
    return new Response(body, { status: 206, headers: { etag: '"a"', 'content-range': span } })
  }
}

const terms = (bytes: number | null): Download => ({
  url: 'https://files.example/result',
  renew: async () => 'https://files.example/fresh',
  lost: async () => undefined,
  bytes,
  where: 'shopify north',
})

async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const file = Uint8Array.from({ length: 100 }, (_, n) => n)

it('the bytes come each once and in order, however often the line breaks, or nothing is taken for whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 10 }), async turns => {
      const ctx = outside({ fetch: server(file, turns) })
      const got = await all(downloadBytes(ctx, terms(file.length))).catch((error: unknown) => error)
      const expired = turns.filter(({ ending }) => ending === 'expire').length
      if (Buffer.isBuffer(got)) expect([...got]).toEqual([...file])
      else expect([expired > 2, got]).toEqual([true, expect.objectContaining({ retry: 'later' })])
    }),
  )
})

it('a file whose size nobody told is whole where its body ends', async () => {
  expect([...(await all(downloadBytes(outside({ fetch: server(file, []) }), terms(null))))]).toEqual([...file])
})

it('a file whose size nobody told goes on after a break', async () => {
  const turns: readonly Turn[] = [{ bytes: 30, ending: 'break', heedsRange: true }]
  expect([...(await all(downloadBytes(outside({ fetch: server(file, turns) }), terms(null))))]).toEqual([...file])
})

it('an aborted step ends the download at once, and not as a cut', async () => {
  const abort = new AbortController()
  let calls = 0
  const ctx = outside({
    signal: abort.signal,
    async fetch() {
      calls += 1
      abort.abort(new Error('stopped'))
      throw new TypeError('fetch failed')
    },
  })
  await expect(all(downloadBytes(ctx, terms(file.length)))).rejects.toThrow('stopped')
  expect(calls).toBe(1)
})

it('what the landing refuses is not taken for a cut', async () => {
  const calls: string[] = []
  const fetch = server(file, [])
  const ctx = outside({
    fetch: (url, init) => {
      calls.push(url)
      return fetch(url, init)
    },
  })
  await expect(async () => {
    for await (const _ of downloadBytes(ctx, terms(file.length))) throw new Error('the disk is full')
  }).rejects.toThrow('the disk is full')
  expect(calls).toHaveLength(1)
})

it.each([
  { files: 1, megabytes: 256 },
  { files: 16, megabytes: 16 },
])(
  'results of any size and number are landed in little memory: $files of $megabytes MB (airbyte#76969, #81518; dlt#2221)',
  async ({ files, megabytes }) => {
    const chunk = Buffer.alloc(1 << 20, '{"id":"gid:\\/\\/shopify\\/Order\\/1","name":"#1"}\n')
    let sent = 0
    let peak = 0
    const body = (): ReadableStream<Uint8Array> => {
      const until = sent + megabytes
      return new ReadableStream(
        {
          pull(controller) {
            if (sent === until) return controller.close()
            sent += 1
            controller.enqueue(Uint8Array.from(chunk))
          },
        },
        { highWaterMark: 1 },
      )
    }
    const ctx = outside({ fetch: async () => new Response(body()) })
    const folder = await mkdtemp(join(tmpdir(), 'download-'))
    const before = process.memoryUsage().arrayBuffers
    const watched = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of downloadBytes(ctx, terms(null))) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
        yield piece
      }
    }
    let bytes = 0
    for (let n = 0; n < files; n += 1)
      bytes += (await landFile({ folder, format: 'ndjson' }, `orders-${n}.jsonl`, watched())).bytes
    await rm(folder, { recursive: true })
    expect(bytes).toBe(files * megabytes * chunk.length)
    expect(peak).toBeLessThan(bytes / 2)
  },
  30_000,
)
