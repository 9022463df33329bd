import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { codeOf } from '../../../sinks/send.ts'

export interface Download {
  readonly url: string
  /** Asks for the address anew, once this one is no longer honoured. */
  readonly renew: () => Promise<string>
  /** Told when no address is honoured any more: the next attempt must ask for another file. */
  readonly lost: () => Promise<void>
  /** What the whole file measures; null where nobody said. */
  readonly bytes: number | null
  /** For errors; the address itself is a key to the file and is never shown. */
  readonly where: string
  /** When a line counts as cut that is still there. */
  readonly patience?: Patience
}

export interface Patience {
  /** The head of an answer must be there within this time, in milliseconds. */
  readonly headMs: number
  /** So many bytes must come in so many milliseconds of waiting for them. */
  readonly leastBytes: number
  readonly withinMs: number
}

const usualPatience: Patience = { headMs: 60_000, leastBytes: 60_000, withinMs: 60_000 }

/**
 * The bytes of one file, each exactly once and in order, however often the line is cut. A Fault where it stays cut, where the
 * file is another than before, or where more or less arrives than was promised.
 */
export async function* downloadBytes(ctx: Context, download: Download): AsyncGenerator<Uint8Array> {
  const progress: Progress = { received: 0, cuts: 0, renewals: 0, url: download.url, tag: null, total: download.bytes }
  while (!isWhole(progress)) {
    const opened = await open(ctx, progress, download)
    const { cuts: before } = progress
    if (opened.state === 'open') {
      for await (const chunk of chunksOf(ctx, { ...opened, progress, patience: download.patience ?? usualPatience })) {
        progress.received += chunk.length
        if (progress.total !== null && progress.received > progress.total) throw differs(progress, download)
        yield chunk
      }
      if (progress.cuts === before) progress.total ??= progress.received
    } else if (opened.state === 'expired') {
      if (progress.renewals === renewals) await giveUp(download)
      progress.renewals += 1
      progress.url = await download.renew()
    } else progress.cuts += 1
    if (progress.cuts > cuts) throw cutOff(progress, download)
    if (progress.cuts > 0 && !isWhole(progress)) await pause(ctx, progress)
  }
}

const renewals = 2
const cuts = 12

interface Progress {
  received: number
  cuts: number
  renewals: number
  url: string
  /** The entity tag of the first answer: a file that changes in between is not patched together. */
  tag: string | null
  total: number | null
}

const isWhole = ({ received, total }: Progress): boolean => received === total

async function pause(ctx: Context, { received, cuts: count }: Progress): Promise<void> {
  const waitMs = Math.min(250 * 2 ** count, 30_000)
  ctx.log('download goes on', { received, cuts: count, waitMs })
  await ctx.sleep(waitMs)
}

interface Flow extends Extract<Opened, { readonly state: 'open' }> {
  readonly progress: Progress
  readonly patience: Patience
}

type Opened =
  | { readonly state: 'open'; readonly body: ReadableStream<Uint8Array>; readonly skip: number }
  | { readonly state: 'expired' | 'cut' }

async function open(ctx: Context, progress: Progress, { where, patience = usualPatience }: Download): Promise<Opened> {
  const { received } = progress
  const headers = { 'accept-encoding': 'identity', ...(received > 0 ? { range: `bytes=${received}-` } : {}) }
  let response: Response
  try {
    response = await headOf(ctx, { url: progress.url, headers }, patience.headMs)
  } catch (error) {
    ctx.signal.throwIfAborted()
    if (error instanceof Fault && error.retry === 'never') throw error
    return { state: 'cut' }
  }
  if (response.status === 200 || response.status === 206) return checkSame(response, progress, where)
  await response.body?.cancel()
  if ([401, 403, 404, 410].includes(response.status)) return { state: 'expired' }
  if (response.status >= 500 || [408, 416, 429].includes(response.status)) return { state: 'cut' }
  throw new Fault({
    what: `the result file is answered with ${response.status}`,
    where,
    hint: 'It is tried again; if it stays so, see what stands between this machine and storage.googleapis.com.',
    retry: 'later',
  })
}

/** An answer whose head came in time; its body may take as long as it likes. */
async function headOf(
  ctx: Context,
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  withinMs: number,
): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error('no answer in time')), withinMs)
  try {
    return await ctx.fetch(url, { headers, signal: AbortSignal.any([ctx.signal, late.signal]) })
  } finally {
    clearTimeout(timer)
  }
}

function checkSame(response: Response, progress: Progress, where: string): Opened {
  const tag = response.headers.get('etag')
  const span = /^bytes ([0-9]+)-[0-9]+\/([0-9]+|\*)$/.exec(response.headers.get('content-range') ?? '')
  const partial = response.status === 206
  const changed = progress.tag !== null && tag !== null && tag !== progress.tag
  if (changed || (partial && Number(span?.[1]) !== progress.received))
    throw new Fault({
      what: 'the result file is another than it was when its download began',
      where,
      hint: 'It is fetched again from its beginning.',
      retry: 'now',
    })
  progress.tag ??= tag
  if (response.body === null) return { state: 'cut' }
  const length = response.headers.get('content-length')
  if (!partial && length !== null) progress.total ??= Number(length)
  return { state: 'open', body: response.body, skip: partial ? 0 : progress.received }
}

/** The chunks until the end or a cut, which is counted; what had been received before is left out. */
async function* chunksOf(ctx: Context, { body, skip, progress, patience }: Flow): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  const read = patientReader(ctx, reader, patience)
  let left = skip
  try {
    for (let next = await read(); next !== 'end'; next = await read()) {
      if (next === 'cut') {
        progress.cuts += 1
        return
      }
      const chunk = next.subarray(Math.min(left, next.length))
      left -= next.length - chunk.length
      if (chunk.length > 0) yield chunk
    }
    if (progress.total !== null && !isWhole(progress)) progress.cuts += 1
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Reads on; a line over which nothing comes, or next to nothing, is cut. The time that the reader's user takes does not count. */
function patientReader(
  ctx: Context,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { leastBytes, withinMs }: Patience,
): () => Promise<Uint8Array | 'end' | 'cut'> {
  let [waitedMs, bytes] = [0, 0]
  return async () => {
    const began = performance.now()
    try {
      const { done, value } = await inTime(reader.read(), withinMs)
      waitedMs += performance.now() - began
      bytes += value?.length ?? 0
      if (waitedMs >= withinMs && bytes < leastBytes && !done) throw new Error(tooSlow)
      if (waitedMs >= withinMs) [waitedMs, bytes] = [0, 0]
      return done ? 'end' : value
    } catch (error) {
      ctx.signal.throwIfAborted()
      ctx.log('download is cut', { why: error instanceof Error && error.message === tooSlow ? tooSlow : codeOf(error) })
      return 'cut'
    }
  }
}

const tooSlow = 'too slow'

async function inTime<T>(work: Promise<T>, withinMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(tooSlow)), withinMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const differs = ({ total }: Progress, { where }: Download): Fault =>
  new Fault({
    what: `more bytes arrive than the ${total} that were promised`,
    where,
    hint: 'Nothing of it is loaded. It is fetched again.',
    retry: 'now',
  })

async function giveUp({ where, lost }: Download): Promise<never> {
  await lost()
  throw new Fault({
    what: 'the result file is no longer given out, not even at a fresh address',
    where,
    hint: 'Result files are kept for seven days. The next attempt asks for a new one.',
    retry: 'later',
  })
}

const cutOff = ({ received, total }: Progress, { where }: Download): Fault =>
  new Fault({
    what: `the download was cut ${cuts + 1} times, after ${received} of ${total ?? 'unknown'} bytes`,
    where,
    hint: 'It is tried again later from its beginning; see that the network is well.',
    retry: 'later',
  })
