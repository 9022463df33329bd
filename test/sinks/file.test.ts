import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { fileSink } from '../../sinks/file.ts'
import { judgeSink, type Place } from '../suite/sink.ts'
import { connectionTo, outside } from './outside.ts'

async function folderPlace(): Promise<Place & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sink-'))
  return {
    folder,
    ctx: outside(),
    connection: connectionTo(folder, { system: 'file' }),
    account: basename(folder),
    id: n => `customer-${n}`,
    fields: { score: '10', tier: 'gold' },
    held: async id => (await heldIn(join(folder, 'changes.ndjson'))).get(id),
    close: () => rm(folder, { recursive: true }),
  }
}

interface Line {
  readonly id: string
  readonly fields?: Readonly<Record<string, string | null>>
}

let last = { text: '', held: new Map<string, Record<string, string>>() }

/** What the file says, read anew only where it has changed. */
async function heldIn(path: string): Promise<typeof last.held> {
  const text = await readFile(path, 'utf8')
  if (text === last.text) return last.held
  const held: typeof last.held = new Map()
  for (const line of text.split('\n').filter(line => line !== '')) {
    const { id, fields = {} } = JSON.parse(line) as Line
    const now = held.get(id) ?? {}
    held.set(id, now)
    for (const [field, value] of Object.entries(fields))
      if (value === null) delete now[field]
      else now[field] = value
  }
  last = { text, held }
  return held
}

judgeSink(fileSink, folderPlace)

it('a line that was cut short spoils no other line', async () => {
  const place = await folderPlace()
  const change = { op: 'upsert', id: 'a', key: 'k', fields: { score: '1' } } as const
  await appendFile(join(place.folder, 'changes.ndjson'), '{"op":"upsert","id":"a","key":"k","fie')
  await fileSink.deliver(place.ctx, { connection: place.connection, changes: [change] })
  expect(await fileSink.read?.(place.ctx, { connection: place.connection, ids: ['a'], fields: ['score'] })).toEqual({
    a: { score: '1' },
  })
  await place.close()
})

it('a missing folder is a Fault and is not made', async () => {
  await expect(fileSink.check(outside(), connectionTo('/nowhere/at/all'))).rejects.toMatchObject({ retry: 'never' })
})
