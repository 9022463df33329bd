import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { openSqlite } from '../../../scheduler/state/sqlite.ts'
import { stateSuite } from '../../suite/state.ts'
import { step } from '../fixture.ts'

stateSuite('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'boomerang-sqlite-'))
  return {
    open: () => openSqlite(join(folder, 'state.sqlite')),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
})

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boomerang-sqlite-'))
  file = join(folder, 'state.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function filled(): Promise<Buffer> {
  const state = await openSqlite(file)
  const steps = Array.from({ length: 200 }, (_, n) => step(`step ${n}`))
  await createRun(state, { run: 'r', slot: '2026-06-30T02:00:00.000000Z', steps }, 0)
  await state.close()
  return readFileSync(file)
}

const broken: readonly (readonly [string, (whole: Buffer) => void])[] = [
  ['cut off in the middle', whole => truncateSync(file, Math.floor(whole.length / 2))],
  ['overwritten at its head', whole => writeFileSync(file, Buffer.concat([Buffer.alloc(100, 7), whole.subarray(100)]))],
  [
    'overwritten in its pages',
    whole =>
      writeFileSync(file, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(8192, 255), whole.subarray(12288)])),
  ],
  ['text', () => writeFileSync(file, 'not a database at all, but long enough to be looked at\n'.repeat(100))],
]

test.each(broken)('a file that is %s is refused with clear text, and left as it was', async (_, harm) => {
  harm(await filled())
  const before = readFileSync(file)
  await expect(openSqlite(file)).rejects.toMatchObject({
    name: 'Fault',
    what: expect.stringMatching(/^the state store cannot be used: /),
    where: file,
    hint: expect.stringContaining('Restore it from a copy'),
    retry: 'never',
  })
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('a database of something else is refused, and gets no table of ours', async () => {
  const other = new DatabaseSync(file)
  other.exec('create table bookmarks (url text)')
  other.close()
  await expect(openSqlite(file)).rejects.toMatchObject({
    what: 'the state store cannot be used: it is an SQLite file, but no state store of boomerang',
  })
  const again = new DatabaseSync(file)
  expect(again.prepare('select name from sqlite_schema').all()).toEqual([{ name: 'bookmarks' }])
  again.close()
})

test('a state store of a newer boomerang is refused', async () => {
  const state = await openSqlite(file)
  await state.write(tables => tables.updateTable('meta').set({ value: '99' }).where('key', '=', 'version').execute())
  await state.close()
  await expect(openSqlite(file)).rejects.toMatchObject({
    what: expect.stringMatching(/^the state store has version 99, and this boomerang knows versions up to \d+$/),
  })
})

test('a folder in the place of the file is refused', async () => {
  mkdirSync(file)
  await expect(openSqlite(file)).rejects.toMatchObject({ where: file, retry: 'never' })
})

test('a process that may only read the file is told so, and the file stays as it was', async () => {
  const before = await filled()
  chmodSync(file, 0o444)
  chmodSync(folder, 0o555)
  const ended =
    await asSomebodyElse(`const { openSqlite } = await import('${import.meta.dirname}/../../../scheduler/state/sqlite.ts')
    const state = await openSqlite('${file}').catch(fault => console.log(fault.what))
    await state?.write(tables => tables.insertInto('meta').values({ key: 'x', value: 'y' }).execute()).catch(error => console.log(error.message))`)
  chmodSync(folder, 0o755)
  expect(ended).toMatch(/^the state store cannot be used: attempt to write a readonly database/)
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('a file that another process is writing to is waited for', async () => {
  await (await openSqlite(file)).close()
  const writer = spawn(process.execPath, [
    '-e',
    `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)});
     db.exec('begin immediate'); console.log('writing'); setTimeout(() => { db.exec('commit'); db.close() }, 300)`,
  ])
  await once(writer.stdout, 'data')
  const state = await openSqlite(file)
  await state.write(tables => tables.insertInto('meta').values({ key: 'x', value: 'y' }).execute())
  expect(await state.read.selectFrom('meta').select('value').where('key', '=', 'x').executeTakeFirst()).toEqual({
    value: 'y',
  })
  await state.close()
})

/** Runs a script without the rights that root has over any file; gives what it printed. */
async function asSomebodyElse(script: string): Promise<string> {
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { ...nobody, cwd: '/' })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      out += String(chunk)
    })
  await once(child, 'close')
  return out
}
