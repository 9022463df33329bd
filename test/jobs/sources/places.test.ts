import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../../contracts/connection.ts'
import { s3Fault } from '../../../jobs/s3/s3-fault.ts'
import { openPlace } from '../../../jobs/sources/drops/places.ts'
import { wholeFile } from '../../../jobs/sources/drops/whole-file.ts'
import { checkDrop } from '../../../jobs/sources/files.ts'
import { type Bucket, serveBucket } from '../../../sandbox/s3.ts'
import { connectionTo, outside } from '../../sinks/outside.ts'
import { type Dropper, judgePlace } from '../../suite/place.ts'
import { type SftpServer, serveSftp } from './sftp-server.ts'

const keys = { accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const clientKeys = ssh2.utils.generateKeyPairSync('ed25519')

const dropInto = (folder: string) => ({
  async put(name: string, bytes: Uint8Array, at?: string): Promise<void> {
    await writeFile(join(folder, name), bytes)
    if (at !== undefined) await utimes(join(folder, name), new Date(at), new Date(at))
  },
  remove: (name: string): Promise<void> => rm(join(folder, name)),
})

let base: string
let sftp: SftpServer
let closedPort: number
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'places-'))
  const gone = await serveBucket('gone', keys)
  closedPort = Number(new URL(gone.url).port)
  await gone.close()
  sftp = await serveSftp({ folder: base, user: 'erp user', password: 'open sesame', publicKey: clientKeys.public })
})
afterAll(async () => {
  await sftp.close()
  await rm(base, { recursive: true, force: true })
})

const toSftp = (path: string, secrets: Connection['secrets'] = {}): Connection =>
  connectionTo(`sftp://erp%20user@127.0.0.1:${sftp.port}/${path}`, {
    system: 'erp',
    secrets: { hostKey: sftp.fingerprint, password: 'open sesame', ...secrets },
  })
const toBucket = ({ url, name }: Pick<Bucket, 'url' | 'name'>, secrets: Connection['secrets'] = {}): Connection =>
  connectionTo(`s3://${name}/from (the)!/erp?endpoint=${url}&region=eu-central-1&pathStyle=true`, {
    system: 'erp',
    secrets: { ...keys, ...secrets },
  })

judgePlace('a folder', async (): Promise<Dropper> => {
  const folder = await mkdtemp(join(base, 'f-'))
  return { connection: connectionTo(folder), ...dropInto(folder), close: () => rm(folder, { recursive: true }) }
})

judgePlace('an SFTP server', async (): Promise<Dropper> => {
  const folder = await mkdtemp(join(base, 's-'))
  return {
    connection: toSftp(folder.slice(base.length + 1)),
    ...dropInto(folder),
    cutAfter: sftp.cutAfter,
    close: () => rm(folder, { recursive: true }),
  }
})

judgePlace('a bucket', async (): Promise<Dropper> => {
  const bucket = await serveBucket('drops', { ...keys, page: 100 })
  bucket.put('from (the)!/erp/', Buffer.alloc(0))
  bucket.put('from (the)!/erp/below/it.csv', Buffer.from('x'))
  bucket.put('from (the)!/erp-other.csv', Buffer.from('x'))
  return {
    connection: toBucket(bucket),
    put: async (name, bytes, at) => bucket.put(`from (the)!/erp/${name}`, bytes, at === undefined ? {} : { at }),
    remove: async name => bucket.remove(`from (the)!/erp/${name}`),
    cutAfter: (...bytes) => bucket.faults(bytes.map((cut, at) => ({ on: 'GET', call: at + 1, do: { cut } }))),
    close: bucket.close,
  }
})

const check = (connection: Connection): Promise<{ readonly account: string }> => checkDrop(outside(), connection)

describe('an SFTP server', () => {
  it('is known by the last part of its path, by password and by key', async () => {
    await mkdtemp(join(base, 'k-'))
    expect(await check(toSftp(''))).toEqual({ account: '' })
    const { password: _, ...rest } = toSftp('').secrets
    const byKey = { ...toSftp(''), secrets: { ...rest, privateKey: clientKeys.private } }
    expect(await check(byKey)).toEqual({ account: '' })
  })

  it('that asks for the password is answered', async () => {
    const asking = await serveSftp({ folder: base, user: 'erp', password: 'open sesame', asks: true })
    const at = (password: string) =>
      connectionTo(`sftp://erp@127.0.0.1:${asking.port}/`, { secrets: { hostKey: asking.fingerprint, password } })
    expect(await check(at('open sesame'))).toEqual({ account: '' })
    await expect(check(at('guessed'))).rejects.toMatchObject({ what: expect.stringContaining('does not accept') })
    await asking.close()
  })

  it('that shows another key than is declared is told no password', async () => {
    const wrong = `SHA256:${'A'.repeat(43)}`
    await expect(check(toSftp('', { hostKey: wrong }))).rejects.toMatchObject({
      retry: 'never',
      what: `the server shows the key ${sftp.fingerprint}, and ${wrong} is declared`,
    })
  })

  it('whose key is not declared is refused, and its fingerprint is shown', async () => {
    const { hostKey: _, ...rest } = toSftp('').secrets
    await expect(check({ ...toSftp(''), secrets: rest })).rejects.toMatchObject({
      retry: 'never',
      what: `the connection names no secret \`hostKey\`, and the server shows ${sftp.fingerprint}`,
    })
  })

  it.each<[string, () => Connection, object]>([
    [
      'a wrong password',
      () => toSftp('', { password: 'guessed' }),
      { retry: 'never', what: expect.stringContaining('does not accept the user') },
    ],
    [
      'a private key that is none',
      () => toSftp('', { privateKey: 'no key' }),
      { retry: 'never', what: expect.stringContaining('private key cannot be read') },
    ],
    ['a folder that is not there', () => toSftp('none'), { retry: 'later', what: 'there is no such file or folder' }],
    [
      'a port at which nobody answers',
      () => connectionTo(`sftp://u@127.0.0.1:${closedPort}/x`, { secrets: toSftp('').secrets }),
      { retry: 'later', what: expect.stringContaining('could not be made') },
    ],
    [
      'no secret',
      () => ({ ...toSftp(''), secrets: {} }),
      { retry: 'never', what: expect.stringContaining('neither a secret') },
    ],
    [
      'a password in its address',
      () => connectionTo(`sftp://u:secret@127.0.0.1:${sftp.port}/`, { secrets: toSftp('').secrets }),
      { retry: 'never', what: expect.stringContaining('holds a password') },
    ],
  ])('with %s is a Fault that says so, and no secret', async (_, connection, expected) => {
    const fault: Error = await check(connection()).then(
      () => new Error('none'),
      error => error,
    )
    expect(fault).toMatchObject({ name: 'Fault', where: expect.stringContaining(''), ...expected })
    expect(JSON.stringify([fault, fault.message])).not.toMatch(/open sesame|guessed|secret@/)
  })

  it('is left when it has been asked', async () => {
    await check(toSftp(''))
    await expect.poll(sftp.standing).toBe(0)
  })

  it('is left at once when the step is stopped', async () => {
    const death = new AbortController()
    const ctx = outside({ signal: death.signal })
    await dropInto(base).put('stop.csv', Buffer.alloc(3_000_000))
    const place = await openPlace(ctx, toSftp(''))
    const [file] = await place.list(name => name === 'stop.csv')
    const reading = async (): Promise<void> => {
      for await (const _ of wholeFile(ctx, place, file as never)) death.abort(new Error('stopped'))
    }
    await expect(reading()).rejects.toThrow('stopped')
    await place.close()
  })
})

describe('a bucket', () => {
  let bucket: Bucket
  beforeEach(async () => {
    bucket = await serveBucket('drops', keys)
  })
  afterEach(() => bucket.close())

  it('is known by the last part of its prefix, or by its name', async () => {
    expect(await check(toBucket(bucket))).toEqual({ account: 'erp' })
    const bare = { ...toBucket(bucket), endpoint: `s3://drops?endpoint=${bucket.url}&pathStyle=true` }
    expect(await check(bare)).toEqual({ account: 'drops' })
  })

  it.each<[string, (at: Bucket) => Connection, object]>([
    [
      'that is not there',
      at => toBucket({ ...at, name: 'none' }),
      { retry: 'never', what: expect.stringContaining('no such bucket') },
    ],
    [
      'with a key that is not known',
      at => toBucket(at, { accessKey: 'AKIDOTHER' }),
      { retry: 'never', what: expect.stringContaining('InvalidAccessKeyId') },
    ],
    [
      'with a wrong secret',
      at => toBucket(at, { secretKey: 'wrong' }),
      { retry: 'never', what: expect.stringContaining('SignatureDoesNotMatch') },
    ],
    [
      'at a port where nobody answers',
      () => toBucket({ url: `http://127.0.0.1:${closedPort}`, name: 'drops' }),
      { retry: 'later', what: expect.stringContaining('cannot be reached') },
    ],
    [
      'without a secret',
      at => ({ ...toBucket(at), secrets: {} }),
      { retry: 'never', what: expect.stringContaining('names no secret') },
    ],
    [
      'over http elsewhere',
      () => toBucket({ url: 'http://minio.example', name: 'drops' }),
      { retry: 'never', what: expect.stringContaining('https') },
    ],
    [
      'with a setting that is not known',
      at => ({ ...toBucket(at), endpoint: `${toBucket(at).endpoint}&acl=none` }),
      { retry: 'never', what: expect.stringContaining('acl') },
    ],
  ])('%s is a Fault that says so, and no secret', async (_, connection, expected) => {
    const fault: Error = await check(connection(bucket)).then(
      () => new Error('none'),
      error => error,
    )
    expect(fault).toMatchObject({ name: 'Fault', ...expected })
    expect(JSON.stringify([fault, fault.message])).not.toContain(keys.secretKey)
  })

  it('that is busy is asked again, and given up in the end', async () => {
    const ctx = outside()
    bucket.faults([{ on: 'GET', call: 1, do: { status: 503 } }])
    expect(await checkDrop(ctx, toBucket(bucket))).toEqual({ account: 'erp' })
    expect(ctx.waits).toEqual([1_000])
    bucket.faults(Array.from({ length: 4 }, (_, at) => ({ on: 'GET', call: at + 1, do: { status: 503 } })))
    await expect(check(toBucket(bucket))).rejects.toMatchObject({ what: expect.stringContaining('busy') })
  })

  it('that refuses to let the key read says which rights it needs', async () => {
    bucket.faults([{ on: 'GET', call: 1, do: { status: 403 } }])
    await expect(check(toBucket(bucket))).rejects.toMatchObject({
      retry: 'never',
      hint: expect.stringContaining('s3:GetObject'),
    })
  })

  it('whose file is replaced while it is read gives no mixture of both', async () => {
    const bytes = Buffer.alloc(200_000, 'a')
    bucket.put('from (the)!/erp/a.bin', bytes)
    const place = await openPlace(outside(), toBucket(bucket))
    const [file] = await place.list(() => true)
    bucket.faults([{ on: 'GET', call: 1, do: { cut: 50_000 } }])
    const reading = async (): Promise<void> => {
      for await (const _ of wholeFile(outside(), place, file as never))
        bucket.put('from (the)!/erp/a.bin', Buffer.alloc(200_000, 'b'))
    }
    await expect(reading()).rejects.toMatchObject({ retry: 'later', what: expect.stringContaining('replaced') })
  })

  it('gives bytes as they are stored, though they are said to be encoded', async () => {
    bucket.put('from (the)!/erp/a.csv.gz', Buffer.from('stored'), { encoding: 'gzip' })
    const place = await openPlace(outside(), toBucket(bucket))
    const [file] = await place.list(() => true)
    const chunks: Uint8Array[] = []
    for await (const chunk of wholeFile(outside(), place, file as never)) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('stored')
  })
})

it.each([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ENOTFOUND',
])('a bucket that fails with %s was never reached, and one that fails with a cut was', code => {
  const failed = (cause: string) =>
    s3Fault(new TypeError('fetch', { cause: Object.assign(new Error(), { code: cause }) }), { where: 'x', rights: '' })
  expect(failed(code)).toMatchObject({ retry: 'later', what: `the server cannot be reached (${code})` })
  expect(failed('ECONNRESET')).toMatchObject({ retry: 'now', what: 'the line was cut (ECONNRESET)' })
})

it('an endpoint of another scheme is refused', async () => {
  await expect(check(connectionTo('ftp://host/x'))).rejects.toMatchObject({
    retry: 'never',
    what: 'files are read from a folder, or by sftp, s3, and not by ftp',
  })
})
