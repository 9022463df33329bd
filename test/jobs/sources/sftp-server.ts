import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import ssh2, { type Connection, type SFTPWrapper } from 'ssh2'

/** An SSH server that shows one folder of this machine, for reading. */
export interface SftpServer {
  readonly port: number
  /** As `ssh-keygen -lf` writes it. */
  readonly fingerprint: string
  /** Cuts the line after so many bytes of files have been read, once for each number. */
  cutAfter(...bytes: readonly number[]): void
  /** Lines that stand. */
  readonly standing: () => number
  close(): Promise<void>
}

export interface SftpTerms {
  readonly folder: string
  readonly user: string
  readonly password: string
  /** A public key in OpenSSH form that is let in, too. */
  readonly publicKey?: string
  /** Asks for the password, and takes none unasked. */
  readonly asks?: true
}

const { STATUS_CODE } = ssh2.utils.sftp

export async function serveSftp(terms: SftpTerms): Promise<SftpServer> {
  const keys = ssh2.utils.generateKeyPairSync('ed25519')
  const clients = new Set<Connection>()
  let [cuts, read]: [number[], number] = [[], 0]
  const took = (bytes: number, client: Connection): boolean => {
    read += bytes
    if (cuts[0] === undefined || read <= cuts[0]) return false
    cuts = cuts.slice(1)
    read = 0
    client.end()
    return true
  }
  const server = new ssh2.Server({ hostKeys: [keys.private] }, client => {
    if ('setNoDelay' in client) (client as unknown as { setNoDelay(): void }).setNoDelay()
    clients.add(client)
    client.on('close', () => clients.delete(client))
    client.on('error', () => undefined)
    client.on('authentication', context => {
      if (terms.asks === true && context.method === 'keyboard-interactive')
        return context.prompt([{ prompt: 'Password: ', echo: false }], ([answered]) =>
          answered === terms.password ? context.accept() : context.reject(),
        )
      if (terms.asks === true) return context.reject(['keyboard-interactive'])
      const isPassword = context.method === 'password' && context.password === terms.password
      const key = terms.publicKey === undefined ? undefined : ssh2.utils.parseKey(terms.publicKey)
      const isKey =
        context.method === 'publickey' &&
        key !== undefined &&
        !(key instanceof Error) &&
        context.key.data.equals(key.getPublicSSH())
      if (context.username === terms.user && (isPassword || isKey)) context.accept()
      else context.reject(['password', 'publickey'])
    })
    client.on('ready', () =>
      client.on('session', accept =>
        accept().on('sftp', acceptSftp =>
          answer(acceptSftp(), { folder: terms.folder, took: bytes => took(bytes, client) }),
        ),
      ),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const shown = ssh2.utils.parseKey(keys.public)
  if (shown instanceof Error) throw shown
  return {
    port: (server.address() as AddressInfo).port,
    fingerprint: `SHA256:${createHash('sha256').update(shown.getPublicSSH()).digest('base64').replace(/=+$/, '')}`,
    cutAfter(...bytes) {
      cuts = [...bytes]
      read = 0
    },
    standing: () => clients.size,
    async close() {
      for (const client of clients) client.end()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

interface Shown {
  readonly folder: string
  /** Told of every byte that is read; true where the line is cut instead of an answer. */
  readonly took: (bytes: number) => boolean
}

type Held = { readonly file: FileHandle } | { readonly path: string; isRead: boolean }

function answer(sftp: SFTPWrapper, { folder, took }: Shown): void {
  const held = new Map<number, Held>()
  const handle = (what: Held): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(held.size)
    held.set(held.size, what)
    return bytes
  }
  sftp.on('close', () => {
    for (const each of held.values()) if ('file' in each) void each.file.close().catch(() => undefined)
  })
  const of = (bytes: Buffer): Held | undefined => held.get(bytes.readUInt32BE())
  const failed = (id: number) => (error: NodeJS.ErrnoException) => {
    const codes: Readonly<Record<string, number>> = {
      ENOENT: STATUS_CODE.NO_SUCH_FILE,
      EACCES: STATUS_CODE.PERMISSION_DENIED,
    }
    sftp.status(id, codes[error.code ?? ''] ?? STATUS_CODE.FAILURE)
  }
  const attributes = async (path: string) => {
    const found = await stat(join(folder, path))
    const { mode, uid, gid, size, atimeMs, mtimeMs } = found
    const longname = `${found.isDirectory() ? 'd' : '-'}rw-r--r-- 1 u g ${size} Jan 1 00:00 x`
    return { attrs: { mode, uid, gid, size, atime: atimeMs / 1000, mtime: mtimeMs / 1000 }, longname }
  }
  const statted = (id: number, path: string): void =>
    void attributes(path).then(({ attrs }) => sftp.attrs(id, attrs), failed(id))
  sftp.on('STAT', statted)
  sftp.on('LSTAT', statted)
  sftp.on('REALPATH', (id, filename) => sftp.name(id, [{ filename, longname: '', attrs: undefined as never }]))
  sftp.on(
    'OPENDIR',
    (id, path) =>
      void readdir(join(folder, path)).then(() => sftp.handle(id, handle({ path, isRead: false })), failed(id)),
  )
  sftp.on('READDIR', (id, bytes) => {
    const dir = of(bytes)
    if (dir === undefined || !('path' in dir) || dir.isRead) return void sftp.status(id, STATUS_CODE.EOF)
    dir.isRead = true
    const entry = async (filename: string) => ({ filename, ...(await attributes(join(dir.path, filename))) })
    void readdir(join(folder, dir.path)).then(
      async names => sftp.name(id, await Promise.all(names.map(entry))),
      failed(id),
    )
  })
  sftp.on(
    'OPEN',
    (id, path) => void open(join(folder, path)).then(file => sftp.handle(id, handle({ file })), failed(id)),
  )
  sftp.on('READ', (id, bytes, offset, length) => {
    const found = of(bytes)
    if (found === undefined || !('file' in found)) return void sftp.status(id, STATUS_CODE.FAILURE)
    void found.file.read(Buffer.alloc(length), 0, length, offset).then(({ bytesRead, buffer }) => {
      if (took(bytesRead)) return
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF)
      else sftp.data(id, buffer.subarray(0, bytesRead))
    }, failed(id))
  })
  sftp.on('CLOSE', (id, bytes) => {
    const found = of(bytes)
    if (found !== undefined && 'file' in found) void found.file.close().catch(() => undefined)
    sftp.status(id, STATUS_CODE.OK)
  })
}
