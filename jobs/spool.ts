import { mkdirSync } from 'node:fs'
import { type FileHandle, open, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { instantOf } from '../contracts/instant.ts'

/**
 * A folder of lines that must not be lost: appended to one open file, sealed piece by piece. Behind the lines of each flush stands when
 * they were safe: `{"safe":"<UTC instant>","lines":<count>}`; it is missing where the process was killed.
 */
export interface Spool {
  /** Resolves when the line is on disk. Lines that come together share one flush. */
  append(line: string): Promise<void>
  /** Closes the open piece, so that `sealedPieces` finds it; nothing happens where it is empty. */
  seal(): Promise<void>
  close(): Promise<void>
}

const openName = 'open.part'
const sealedName = /^[0-9TZ.]+-[0-9]+\.jsonl$/

/** The pieces that are complete, oldest first: paths of NDJSON files. */
export async function sealedPieces(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter(name => sealedName.test(name))
    .sort()
    .map(name => join(folder, name))
}

/** Opens the spool of a folder; what a killed process left open is sealed first, with a half line at its end closed. */
export async function openSpool(folder: string, now: () => Date): Promise<Spool> {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, openName)
  let pieces = 0
  let mark = ''
  let file: FileHandle | undefined
  let size = 0
  let waiting: { readonly line: string; readonly done: () => void; readonly failed: (error: unknown) => void }[] = []
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
  const name = (): string =>
    `${now().toISOString().replaceAll(/[-:]/g, '')}-${process.pid}${String(++pieces).padStart(6, '0')}.jsonl`
  async function seal(): Promise<void> {
    await file?.appendFile(mark)
    mark = ''
    await file?.close()
    file = undefined
    if (size > 0) await rename(path, join(folder, name()))
    size = 0
  }
  async function flush(): Promise<void> {
    const mine = waiting
    waiting = []
    if (mine.length === 0) return
    try {
      file ??= await open(path, 'a')
      const bytes = Buffer.from(`${mark}${mine.map(({ line }) => `${line}\n`).join('')}`)
      await file.appendFile(bytes)
      await file.datasync()
      size += bytes.length
      mark = `{"safe":"${instantOf(now())}","lines":${mine.length}}\n`
      for (const { done } of mine) done()
    } catch (error) {
      for (const { failed } of mine) failed(error)
    }
  }
  const left = await open(path, 'a')
  size = (await left.stat()).size
  if (size > 0) await left.appendFile('\n')
  await left.close()
  await seal()
  return {
    append: line =>
      new Promise((done, failed) => {
        waiting.push({ line, done, failed })
        if (waiting.length === 1) void inTurn(flush)
      }),
    seal: () => inTurn(seal),
    close: () => inTurn(seal),
  }
}
