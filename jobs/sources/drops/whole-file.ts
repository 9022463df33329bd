import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { FoundFile, Place } from './place.ts'

/** Reads in a row that bring not one byte, before it is given up. */
const emptyReads = 4
const waitMs = 2_000

/** Every byte of a file; where the reading is cut it goes on behind the last byte that came. */
export async function* wholeFile(
  ctx: Pick<Context, 'sleep'>,
  place: Place,
  file: FoundFile,
): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let reads = 1; ; reads += 1) {
    const before = at
    try {
      for await (const chunk of place.open(file, at)) {
        at += chunk.length
        yield chunk
      }
      if (at >= file.bytes) return
      if (reads >= emptyReads && at === before) throw short(place, file, at)
    } catch (error) {
      if (!(error instanceof Fault) || error.retry !== 'now' || (reads >= emptyReads && at === before)) throw error
    }
    if (at > before) reads = 1
    await ctx.sleep(waitMs * 2 ** (reads - 1))
  }
}

const short = (place: Place, { name, bytes }: FoundFile, at: number): Fault =>
  new Fault({
    what: `${at} of its ${bytes} bytes came, and then no more`,
    where: place.where(name),
    hint: 'It is read again. If it stays so, see whether the place keeps the whole file.',
    retry: 'later',
  })

/** A file that is not, or no longer, what it was taken for. */
export const changed = (where: string, what: string): Fault =>
  new Fault({
    what: `the file cannot be trusted: ${what}`,
    where,
    hint: 'It is read again. The sender should write beside it and rename, the manifest last.',
    retry: 'now',
  })
