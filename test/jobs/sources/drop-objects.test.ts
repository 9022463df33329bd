import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Connection } from '../../../contracts/connection.ts'
import { wmsStock } from '../../../contracts/wms/stock.ts'
import { dropObject } from '../../../jobs/sources/files.ts'
import type { Claim, Format } from '../../../jobs/sources/source.ts'
import { serveBucket } from '../../../sandbox/s3.ts'
import { connectionTo } from '../../sinks/outside.ts'
import { judgeSource } from '../../suite/source.ts'
import { memoryLocal } from '../gate/local.ts'
import { type SftpServer, serveSftp } from './sftp-server.ts'

const claim: Claim = {
  contract: wmsStock,
  fields: Object.fromEntries(Object.keys(wmsStock.row).map(column => [column, column])),
}
const keys = { accessKey: 'AKIDEXAMPLE', secretKey: 'secret of the key' }

let base: string
let sftp: SftpServer
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'drop-objects-'))
  sftp = await serveSftp({ folder: base, user: 'erp', password: 'open sesame' })
})
afterAll(async () => {
  await sftp.close()
  await rm(base, { recursive: true, force: true })
})

interface Yard {
  readonly connection: Connection
  put(name: string, bytes: Uint8Array, at: string): Promise<void>
  close(): Promise<void>
}

async function folder(): Promise<Yard & { readonly path: string }> {
  const path = await mkdtemp(join(base, 'yard-'))
  return {
    path,
    connection: connectionTo(path),
    async put(name, bytes, at) {
      await writeFile(join(path, name), bytes)
      await utimes(join(path, name), new Date(at), new Date(at))
    },
    close: () => rm(path, { recursive: true }),
  }
}

async function server(): Promise<Yard> {
  const yard = await folder()
  const endpoint = `sftp://erp@127.0.0.1:${sftp.port}${yard.path.slice(base.length)}`
  return {
    ...yard,
    async close() {
      await expect.poll(sftp.standing).toBe(0)
      await yard.close()
    },
    connection: connectionTo(endpoint, { secrets: { hostKey: sftp.fingerprint, password: 'open sesame' } }),
  }
}

async function bucket(): Promise<Yard> {
  const { name, url, put, close } = await serveBucket('drops', { ...keys, page: 3 })
  return {
    connection: connectionTo(`s3://${name}/erp?endpoint=${url}&pathStyle=true`, { secrets: keys }),
    put: async (file, bytes, at) => put(`erp/${file}`, bytes, { at }),
    close,
  }
}

const written: Readonly<Record<Format, (record: string) => Promise<Uint8Array>>> = {
  csv: async record => Buffer.from(`name\n${record}\n`),
  ndjson: async record => Buffer.from(`{"name":"${record}"}\n`),
  async parquet(record) {
    const path = join(base, `${record}.parquet`)
    const local = await memoryLocal()
    await local.run(`copy (select '${record}' as name) to '${path}' (format parquet, compression uncompressed)`)
    return readFile(path)
  },
}

for (const [place, open] of Object.entries({ folder, server, bucket }))
  for (const format of ['csv', 'ndjson', 'parquet'] as const)
    judgeSource(
      dropObject({ name: `${place}.${format}`, claim, match: /^record-\d+$/, format, complete: { by: 'manifest' } }),
      {
        gives: 'exactly',
        async open() {
          const yard = await open()
          let n = 0
          return {
            connection: yard.connection,
            async add(at) {
              n += 1
              const file = `record-${n}`
              const bytes = await written[format](file)
              const sha256 = createHash('sha256').update(bytes).digest('hex')
              await yard.put(file, bytes, at)
              const told = JSON.stringify({ file, rows: 1, bytes: bytes.length, sha256 })
              await yard.put(`${file}.manifest.json`, Buffer.from(told), at)
              return file
            },
            namesIn: files =>
              [...files.values()].flatMap(bytes => /record-[0-9]+/.exec(bytes.toString('latin1'))?.[0] ?? []),
            started: () => 0,
            close: yard.close,
          }
        },
      },
    )
