import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

const pieceBytes = 1 << 20

/** A file from `start` on, in pieces of at most a megabyte. None is larger than the file: most files are small, and buffers are dear. */
export async function* piecesOf(path: string, start = 0): AsyncGenerator<Buffer> {
  const { size } = await stat(path)
  const highWaterMark = Math.max(1, Math.min(pieceBytes, size - start))
  yield* createReadStream(path, { start, highWaterMark }) as AsyncIterable<Buffer>
}
