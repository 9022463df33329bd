import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What was found out about texts, by their content: a key that holds all that the answer depends on never goes out of date. */
export interface Cache {
  get(key: string): unknown
  set(key: string, value: unknown): void
  /** Keeps what was set; once it has become much, it keeps only what was asked for since it was opened. */
  save(): Promise<void>
}

/** Remembers nothing. */
export const noCache: Cache = { get: () => undefined, set: () => undefined, save: async () => undefined }

/** Changes with every release that understands a text otherwise. */
const format = 1

export const keyOf = (...facts: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify([format, ...facts]))
    .digest('base64url')
    .slice(0, 32)

/** Where a project keeps what was found out about its models. */
export const projectCache = (root: string): Promise<Cache> => fileCache(join(root, '.boomerang', 'models-cache.json'))

const mostEntries = 20_000

/** A cache in one file; one that cannot be read is empty, and one that cannot be written is only slower. */
export async function fileCache(path: string): Promise<Cache> {
  const known = await entriesOf(path)
  const used = new Map<string, unknown>()
  let isNew = false
  return {
    get(key) {
      const value = used.get(key) ?? known.get(key)
      if (value !== undefined) used.set(key, value)
      return value
    },
    set(key, value) {
      isNew = true
      used.set(key, value)
    },
    async save() {
      if (!isNew) return
      const kept = known.size > mostEntries ? used : new Map([...known, ...used])
      const beside = `${path}.${process.pid}`
      await mkdir(dirname(path), { recursive: true })
        .then(() => writeFile(beside, JSON.stringify(Object.fromEntries(kept))))
        .then(() => rename(beside, path))
        .catch(() => undefined)
    },
  }
}

async function entriesOf(path: string): Promise<ReadonlyMap<string, unknown>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>))
  } catch {
    return new Map()
  }
}
