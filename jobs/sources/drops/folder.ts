import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Fault } from '../../../contracts/fault.ts'
import { codeOf } from '../../../sinks/send.ts'
import { piecesOf } from '../../pieces.ts'
import type { FoundFile, Place } from './place.ts'

/** A folder of this machine, or a share that is mounted on it. */
export function openFolder(folder: string): Place {
  async function look(name: string): Promise<FoundFile | undefined> {
    const found = await stat(join(folder, name)).catch(error => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw unreadable(join(folder, name), error)
    })
    if (found?.isFile() !== true) return undefined
    return { name, bytes: found.size, at: found.mtimeMs, version: `${found.ino} ${found.mtimeMs}` }
  }
  return {
    account: basename(folder),
    where: name => (name === undefined ? folder : join(folder, name)),
    async list(isWanted) {
      const names = await readdir(folder).catch(error => {
        throw unreadable(folder, error)
      })
      const found = await Promise.all(names.filter(isWanted).map(look))
      return found.filter(file => file !== undefined)
    },
    look,
    async *open({ name }, from) {
      const path = join(folder, name)
      try {
        yield* piecesOf(path, from)
      } catch (error) {
        throw unreadable(path, error)
      }
    },
    close: async () => undefined,
  }
}

const unreadable = (where: string, error: unknown): Fault =>
  new Fault({
    what: `it cannot be read (${codeOf(error)})`,
    where,
    hint: 'See that the path is right, that the share is there, and that this user may read it.',
    retry: 'later',
    cause: error,
  })
