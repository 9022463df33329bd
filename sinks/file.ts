import { open, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Fault } from '../contracts/fault.ts'
import type { Change, Fields, Sink } from './sink.ts'

const file = 'changes.ndjson'

/** The smallest sink: a folder whose file grows by one line for each change. The newest line of an id is what holds. */
export const fileSink: Sink = {
  name: 'file',
  accepts: ['upsert', 'delete'],
  batch: 1000,
  clears: true,
  async check(ctx, connection) {
    const folder = ctx.secret(connection.endpoint)
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw noFolder(folder)
    return { account: basename(folder) }
  },
  async deliver(ctx, { connection, changes }) {
    await append(
      join(ctx.secret(connection.endpoint), file),
      changes.map(change => `${JSON.stringify(change)}\n`).join(''),
    )
    return changes.map(({ id }) => ({ id, state: 'acked' }))
  },
  async read(ctx, { connection, ids, fields }) {
    const text = await readFile(join(ctx.secret(connection.endpoint), file), 'utf8').catch(() => '')
    const held = new Map<string, Fields>()
    for (const line of text.split('\n')) for (const change of parsed(line)) apply(held, change)
    return Object.fromEntries(
      ids.flatMap(id => {
        const now = held.get(id)
        return now === undefined ? [] : [[id, Object.fromEntries(fields.map(field => [field, now[field] ?? null]))]]
      }),
    )
  },
}

/** On disk when it resolves. What an interrupted append left is closed off first, so that it spoils no line but its own. */
async function append(path: string, lines: string): Promise<void> {
  const handle = await open(path, 'a+')
  try {
    const { size } = await handle.stat()
    const last = size === 0 ? '\n' : (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString()
    await handle.appendFile(`${last === '\n' ? '' : '\n'}${lines}`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The line's change; none where the line is empty or was cut short, and so was never acknowledged. */
function parsed(line: string): readonly Change[] {
  try {
    return [JSON.parse(line) as Change]
  } catch {
    return []
  }
}

function apply(held: Map<string, Fields>, change: Change): void {
  if (change.op === 'delete') held.delete(change.id)
  else held.set(change.id, { ...held.get(change.id), ...change.fields })
}

const noFolder = (folder: string): Fault =>
  new Fault({
    what: 'the folder does not exist',
    where: folder,
    hint: 'Make the folder, or correct the connection’s endpoint.',
    retry: 'never',
  })
