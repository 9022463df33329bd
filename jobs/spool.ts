import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inTurn } from '../contracts/in-turn.ts'
import { instantOf } from '../contracts/instant.ts'
import { openPiece } from './spool-piece.ts'

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
  const piece = openPiece(folder)
  /** No piece has the name of an older one, whatever the clock and the process ids do: one that is loaded is taken away by its name. */
  const own = String(randomInt(1e12)).padStart(12, '0')
  let pieces = 0
  const name = (): string =>
    `${now().toISOString().replaceAll(/[-:]/g, '')}-${String(++pieces).padStart(6, '0')}${own}.jsonl`
  let mark = ''
  let waiting: { readonly line: string; readonly done: () => void; readonly failed: (error: unknown) => void }[] = []
  const next = inTurn()
  async function seal(): Promise<void> {
    if (mark !== '') await piece.write(mark)
    mark = ''
    await piece.moveTo(name)
  }
  async function flush(): Promise<void> {
    const mine = waiting
    waiting = []
    try {
      await piece.write(`${mark}${mine.map(({ line }) => `${line}\n`).join('')}`)
      mark = `{"safe":"${instantOf(now())}","lines":${mine.length}}\n`
      for (const { done } of mine) done()
    } catch (error) {
      for (const { failed } of mine) failed(error)
    }
  }
  await piece.endLine()
  await seal()
  return {
    append: line =>
      new Promise((done, failed) => {
        waiting.push({ line, done, failed })
        if (waiting.length === 1) void next(flush)
      }),
    seal: () => next(seal),
    close: () => next(seal),
  }
}
