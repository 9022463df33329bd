import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Connection } from '../contracts/connection.ts'
import type { Context } from '../contracts/context.ts'
import type { Fields, Sink } from './sink.ts'

const pathOf = (ctx: Context, connection: Connection): string => join(ctx.secret(connection.endpoint), 'changes.ndjson')

/** The smallest sink: one line a change in a folder, and the folder's name is its account. */
export const fileSink: Sink = {
  name: 'file',
  accepts: ['upsert', 'delete'],
  batch: 1_000,
  clears: true,
  check: async (ctx, connection) => ({ account: basename(ctx.secret(connection.endpoint)) }),
  async deliver(ctx, { connection, changes }) {
    await mkdir(ctx.secret(connection.endpoint), { recursive: true })
    await appendFile(pathOf(ctx, connection), changes.map(change => `${JSON.stringify(change)}\n`).join(''), {
      flush: true,
    })
    return changes.map(({ id }) => ({ id, state: 'acked' }))
  },
  async read(ctx, { connection, ids, fields }) {
    const held: Record<string, Fields> = {}
    const text = await readFile(pathOf(ctx, connection), 'utf8').catch(() => '')
    for (const line of text.split('\n').filter(each => each !== '')) {
      const change = JSON.parse(line) as { readonly op: string; readonly id: string; readonly fields?: Fields }
      if (!ids.includes(change.id)) continue
      if (change.op === 'delete') delete held[change.id]
      else
        held[change.id] = {
          ...held[change.id],
          ...Object.fromEntries(Object.entries(change.fields ?? {}).filter(([field]) => fields.includes(field))),
        }
    }
    return held
  },
}
