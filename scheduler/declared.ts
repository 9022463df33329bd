import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'

/** The catalogue; what is wrong in a declaration is a person's to mend, and is said with the place where it stands. */
export async function declared(root: string, catalogue: () => Promise<Catalogue>): Promise<Catalogue> {
  try {
    return await catalogue()
  } catch (error) {
    if (error instanceof Fault) throw error
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
    throw new Fault({
      what: message,
      where: placeIn(root, stack) ?? 'jobs/catalogue.ts',
      hint: 'Correct what is declared there; nothing was done. `npx tsc` may say more.',
      retry: 'never',
      cause: error,
    })
  }
}

/** Where it stands: the outermost of the project's lines before those of whoever imports them. A text that is no TypeScript is named first. */
function placeIn(root: string, stack: string): string | undefined {
  const [inside = ''] = stack.split(/\n\s+at (?:async |.*node:internal)/)
  const places = [...inside.matchAll(/(file:\/\/[^\s()]+?):(\d+)/g)]
    .map(([, url, line]) => ({ file: relative(root, fileURLToPath(url as string)), line }))
    .filter(({ file }) => isOwn(file))
  const place = places.at(-1)
  return place === undefined ? undefined : `${place.file}:${place.line}`
}

const isOwn = (path: string): boolean => !path.startsWith('..') && !path.split(sep).includes('node_modules')
