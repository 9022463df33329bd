import { mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { dayMs } from '../contracts/instant.ts'

const bellsIn = (spool: string): string => join(spool, 'bells')
const bellOf = (spool: string, name: string): string => join(bellsIn(spool), encodeURIComponent(name))

/** Wakes whoever waits for the name, in whichever process: a hint that may be lost, so whoever waits looks by himself, too. */
export async function ring(spool: string, name: string, now: Date): Promise<void> {
  await mkdir(bellsIn(spool), { recursive: true })
  await forgetOld(spool, now)
  await (await open(bellOf(spool, name), 'w')).close()
}

/** True once for each time that it was rung. */
export const heard = (spool: string, name: string): Promise<boolean> =>
  unlink(bellOf(spool, name)).then(
    () => true,
    () => false,
  )

/** What nobody waited for. */
async function forgetOld(spool: string, now: Date): Promise<void> {
  for (const name of await readdir(bellsIn(spool))) {
    const path = join(bellsIn(spool), name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && found.mtimeMs < now.getTime() - dayMs) await rm(path, { force: true })
  }
}
