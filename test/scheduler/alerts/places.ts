import { createServer, type IncomingHttpHeaders } from 'node:http'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { type Listening, listening } from '../../listening.ts'

/** What one request asked of a fake place. */
export interface Request {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A place on HTTP that writes down what it is sent. Where its answer is `nothing` it never answers. */
export interface FakePlace extends Listening {
  readonly taken: readonly Request[]
  /** What it was sent, as objects. */
  bodies(): readonly Readonly<Record<string, unknown>>[]
  /** How it answers from now on, first these and then `ok`. */
  answers(...next: readonly (Answer | 'nothing')[]): void
  /** Until it has been asked so often. */
  until(times: number): Promise<void>
}

export async function fakePlace(): Promise<FakePlace> {
  const taken: Request[] = []
  let next: (Answer | 'nothing')[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString()
    taken.push({ path: request.url ?? '', headers: request.headers, body: text === '' ? undefined : JSON.parse(text) })
    const answer = next.shift() ?? {}
    if (answer !== 'nothing') response.writeHead(answer.status ?? 200, answer.headers ?? {}).end(answer.body ?? 'ok')
  })
  return {
    ...(await listening(server)),
    taken,
    bodies: () => taken.map(({ body }) => (body ?? {}) as Readonly<Record<string, unknown>>),
    answers(...more) {
      next = [...more]
    },
    async until(times) {
      while (taken.length < times) await new Promise(resolve => setTimeout(resolve, 10))
    },
  }
}

export interface FakeMail {
  readonly port: number
  /** Each mail as it was sent, with the user who sent it. */
  readonly taken: readonly {
    readonly text: string
    readonly user: string | undefined
    readonly to: readonly string[]
  }[]
  close(): Promise<void>
}

/** A mail server on this machine; without a certificate it speaks no TLS. */
export async function fakeMail(options: SMTPServerOptions = {}): Promise<FakeMail> {
  const taken: FakeMail['taken'][number][] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.cert === undefined ? ['STARTTLS'] : [],
    onAuth: ({ username, password }, _, done) =>
      password === 'right-password' ? done(null, { user: username ?? '' }) : done(new Error('no such user')),
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        taken.push({ text: Buffer.concat(parts).toString(), user: session.user as string | undefined, to })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  const port = await new Promise<number>(resolve => {
    const listener = server.listen(0, '127.0.0.1', () => resolve((listener.address() as { port: number }).port))
  })
  return { port, taken, close: () => new Promise(resolve => server.close(() => resolve())) }
}
