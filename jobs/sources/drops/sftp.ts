import { createHash } from 'node:crypto'
import { createConnection } from 'node:net'
import { posix } from 'node:path'
import type SftpClient from 'ssh2-sftp-client'
import type { Connection } from '../../../contracts/connection.ts'
import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { placeOf } from '../../../sinks/send.ts'
import type { FoundFile, Place } from './place.ts'
import { sftpFault, strangeHost, unreadableKey } from './sftp-fault.ts'

/**
 * A folder of an SFTP server: `sftp://user@host:22/path`. The server's key must have the fingerprint of the secret `hostKey`, as
 * `ssh-keygen -lf` writes it (`SHA256:…`); the user lets himself in by the secret `password`, or by `privateKey` and its `passphrase`.
 * Times are whole seconds. Where the line is cut, the next call makes a new one.
 */
export async function openSftp(ctx: Context, connection: Connection, url: URL): Promise<Place> {
  const folder = decodeURIComponent(url.pathname) || '/'
  const where = (name?: string): string => `${placeOf(connection)}, sftp://${url.host}${posix.join(folder, name ?? '')}`
  const line = sftpLine(ctx, { connection, url, where: where() })
  const asked = async <T>(name: string | undefined, work: (client: SftpClient) => Promise<T>): Promise<T> => {
    const client = await line.client()
    return work(client).catch(error => {
      throw sftpFault(error, where(name))
    })
  }
  const look = (name: string): Promise<FoundFile | undefined> =>
    asked(name, async client => {
      if ((await client.exists(posix.join(folder, name))) === false) return undefined
      const found = await client.stat(posix.join(folder, name))
      return found.isFile ? fileOf(name, found) : undefined
    })
  return {
    account: posix.basename(folder),
    where,
    async list(isWanted) {
      const all = await asked(undefined, client => client.list(folder, ({ name }) => isWanted(name)))
      const files = all.filter(({ type }) => type !== 'd')
      const found = await Promise.all(
        files.map(each => (each.type === '-' ? fileOf(each.name, each) : look(each.name))),
      )
      return found.filter(file => file !== undefined)
    },
    look,
    async *open({ name }, from) {
      const client = await line.client()
      const stream = client.createReadStream(posix.join(folder, name), { start: from, highWaterMark: pieceBytes })
      try {
        yield* stream as AsyncIterable<Uint8Array>
      } catch (error) {
        throw sftpFault(error, where(name))
      }
    },
    close: line.close,
  }
}

const fileOf = (
  name: string,
  { size, modifyTime }: { readonly size: number; readonly modifyTime: number },
): FoundFile => ({ name, bytes: size, at: modifyTime, version: String(modifyTime) })

/** What OpenSSH gives at most for one read. */
const pieceBytes = 255 * 1024
const answerMs = 20_000

interface LineTerms {
  readonly connection: Connection
  readonly url: URL
  readonly where: string
}

interface SftpLine {
  /** The client whose line stands; a Fault where none can be made. */
  readonly client: () => Promise<SftpClient>
  readonly close: () => Promise<void>
}

function sftpLine(ctx: Context, terms: LineTerms): SftpLine {
  let standing: SftpClient | undefined
  const hangUp = (): void => void standing?.end().catch(() => undefined)
  ctx.signal.addEventListener('abort', hangUp)
  return {
    async client() {
      ctx.signal.throwIfAborted()
      standing ??= await connected(ctx, terms, () => {
        standing = undefined
      })
      return standing
    },
    async close() {
      ctx.signal.removeEventListener('abort', hangUp)
      await standing?.end().catch(() => undefined)
      standing = undefined
    },
  }
}

async function connected(
  ctx: Context,
  { connection, url, where }: LineTerms,
  onClose: () => void,
): Promise<SftpClient> {
  const { hostKey: pinned, ...secrets } = secretsOf(ctx, connection)
  const { client, trouble } = await silentClient(onClose, secrets.password)
  let shown = ''
  const hostVerifier = (key: Buffer): boolean => {
    shown = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
    return shown === pinned
  }
  /** Small packets are sent at once: a read waits for its answer, and the two would wait for each other. */
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const sock = createConnection({ host, port: Number(url.port || 22), noDelay: true })
  const username = decodeURIComponent(url.username)
  const tryKeyboard = secrets.password !== undefined
  const times = { readyTimeout: answerMs, keepaliveInterval: answerMs }
  try {
    await client.connect({ sock, username, ...secrets, tryKeyboard, hostVerifier, ...times })
    return client
  } catch (error) {
    sock.destroy()
    if (shown !== '' && shown !== pinned) throw strangeHost(where, { shown, pinned })
    if (shown === '' && trouble() === undefined) throw unreadableKey(where, error)
    throw sftpFault(trouble() ?? error, where)
  }
}

/** A client that writes nothing to the console, and the first trouble that it had. */
async function silentClient(
  onClose: () => void,
  password = '',
): Promise<{ readonly client: SftpClient; readonly trouble: () => unknown }> {
  const { default: Client } = await import('ssh2-sftp-client')
  let trouble: unknown
  const took = (error: unknown): void => {
    trouble ??= error
  }
  const client = new Client('boomerang', { error: took, end: () => undefined, close: onClose })
  client.on('error', took)
  /** Many servers know a password only as the answer to a question (RFC 4256). */
  client.on('keyboard-interactive', (_name, _words, _language, questions: readonly unknown[], answer: Answer) =>
    answer(questions.map(() => password)),
  )
  return { client, trouble: () => trouble }
}

type Answer = (answers: readonly string[]) => void

const secretNames = ['hostKey', 'password', 'privateKey', 'passphrase'] as const

function secretsOf(ctx: Context, { secrets, ...connection }: Connection): Readonly<Record<string, string>> {
  if (secrets.password === undefined && secrets.privateKey === undefined)
    throw new Fault({
      what: 'the connection names neither a secret `password` nor a `privateKey`',
      where: `${placeOf({ secrets, ...connection })}, secrets`,
      hint: 'Add secrets: { hostKey: "SHA256:…", password: "env:NAME" } to the connection.',
      retry: 'never',
    })
  return Object.fromEntries(
    secretNames.flatMap(name => (secrets[name] === undefined ? [] : [[name, ctx.secret(secrets[name])]])),
  )
}
