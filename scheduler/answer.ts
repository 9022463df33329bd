import { Fault } from '../contracts/fault.ts'

export interface Patience {
  /** No answer at all within this time is a failure, in milliseconds. */
  readonly answerMs: number
  /** A body that says nothing for this long is a failure; while it flows it may take as long as it takes. */
  readonly silenceMs: number
}

export const patience: Patience = { answerMs: 30_000, silenceMs: 60_000 }

/** Fetches under a patience. What goes wrong on the way is a Fault that may be tried again and names the URL without its query. */
export async function fetchAnswer(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
  { answerMs, silenceMs }: Patience,
): Promise<Response> {
  checkHeaders(init.headers, bareUrl(url))
  const late = new AbortController()
  const signal = AbortSignal.any([init.signal, late.signal])
  const timer = setTimeout(() => late.abort(), answerMs)
  try {
    const response = await fetch(url, { ...init, signal })
    return flowing(response, { silenceMs, where: bareUrl(url), late })
  } catch (error) {
    if (init.signal.aborted) throw init.signal.reason
    throw broken(
      late.signal.aborted ? `no answer came within ${answerMs / 1000} seconds` : failure(error),
      bareUrl(url),
      error,
    )
  } finally {
    clearTimeout(timer)
  }
}

/** Nothing was sent, and nothing would be another time; what stands in the header is not shown, it may be a secret. */
function checkHeaders(headers: RequestInit['headers'], where: string): void {
  for (const [name, value] of Object.entries(headers instanceof Headers ? {} : (headers ?? {})))
    if (/[^\t\x20-\x7e\x80-\xff]/.test(String(value).trim()))
      throw new Fault({
        what: `what is to be sent as ${name} has more than one line, or a sign that no header may hold`,
        where,
        hint: 'It is likely a secret: see that what its reference points at is the one line that it should be.',
        retry: 'never',
      })
}

interface Flow {
  readonly silenceMs: number
  readonly where: string
  readonly late: AbortController
}

/** The same response, with a body that breaks off when it has been silent for too long. */
function flowing(response: Response, flow: Flow): Response {
  if (response.body === null) return response
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await nextChunk(reader, flow)
      if (chunk.done) controller.close()
      else controller.enqueue(chunk.value)
    },
    cancel: reason => reader.cancel(reason),
  })
  const { status, statusText, headers } = response
  const same = new Response(body, { status, statusText, headers })
  Object.defineProperty(same, 'url', { value: response.url })
  return same
}

type Bodies = ReadableStreamDefaultReader<Uint8Array>

async function nextChunk(reader: Bodies, { silenceMs, where, late }: Flow): ReturnType<Bodies['read']> {
  const timer = setTimeout(() => late.abort(), silenceMs)
  try {
    return await reader.read()
  } catch (error) {
    const what = late.signal.aborted
      ? `the answer broke off: nothing came for ${silenceMs / 1000} seconds`
      : `the answer broke off: ${failure(error)}`
    throw broken(what, where, error)
  } finally {
    clearTimeout(timer)
  }
}

/** What cannot even be asked is quoted in the words of its error, secrets and all: those are left out. */
const failure = (error: unknown): string => {
  const { message, cause } = error as Error & { readonly cause?: { readonly code?: string; readonly message?: string } }
  return (
    cause?.code ?? cause?.message ?? (error instanceof TypeError ? 'its address or a header cannot be used' : message)
  )
}

/** Without what may hold a secret: user, query, fragment. */
export const bareUrl = (url: string): string => url.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//')

const broken = (what: string, where: string, cause: unknown): Fault =>
  new Fault({ what, where, hint: 'See that the endpoint is right and can be reached.', retry: 'later', cause })
