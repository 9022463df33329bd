import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../contracts/fault.ts'

/** The one file of a spool that is open to be written to. */
export interface Piece {
  /**
   * Resolves when all of the text is on disk. Where it fails, nothing of it is read by anybody: what a full disk cut short is taken
   * away before anything follows it. A Fault where the file is no longer where it would be found.
   */
  write(text: string): Promise<void>
  /** Ends the line that a killed process left in the middle. */
  endLine(): Promise<void>
  /** Closes the file, under another name; nothing happens where it is empty. */
  moveTo(name: () => string): Promise<void>
}

const openName = 'open.part'

export function openPiece(folder: string): Piece {
  const path = join(folder, openName)
  let file: FileHandle | undefined
  let size = 0
  let torn = false
  async function opened(): Promise<FileHandle> {
    if (file !== undefined) return file
    await mkdir(folder, { recursive: true })
    file = await open(path, 'a')
    size = (await file.stat()).size
    return file
  }
  async function mended(): Promise<FileHandle> {
    const whole = await opened()
    if (torn) await whole.truncate(size)
    torn = false
    return whole
  }
  async function closed(): Promise<void> {
    const closing = file
    file = undefined
    torn = false
    await closing?.close()
  }
  async function write(text: string): Promise<void> {
    const whole = await mended()
    const bytes = Buffer.from(text)
    torn = true
    await whole.appendFile(bytes)
    await whole.datasync()
    torn = false
    size += bytes.length
    if ((await whole.stat()).nlink > 0) return
    await closed()
    size = 0
    throw takenAway(path)
  }
  return {
    write,
    async endLine() {
      await opened()
      if (size > 0) await write('\n')
    },
    async moveTo(name) {
      if (file !== undefined) await mended()
      await closed()
      if (size > 0) await rename(path, join(folder, name()))
      size = 0
    },
  }
}

const takenAway = (where: string): Fault =>
  new Fault({
    what: 'the file that events are written into was taken away',
    where,
    hint: 'Leave the landing folder alone while `boomerang up` runs. What the events of the last seconds spoke of is read by the next night; events are taken in again from now on.',
    retry: 'now',
  })
