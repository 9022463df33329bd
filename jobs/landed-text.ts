import { open, stat } from 'node:fs/promises'
import { pipeline, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Fault } from '../contracts/fault.ts'
import { decoded } from './decode.ts'
import { piecesOf } from './pieces.ts'
import { type Compression, type Dialect, plain } from './sources/dialect.ts'
import type { Landed } from './sources/source.ts'

export interface TextTerms {
  /** How errors name the file; its path where it is absent. */
  readonly where?: string
  /** Takes the trailer's count, at the end. */
  readonly counted?: (rows: number) => void
}

/** The text of a landed file as it is read: uncompressed, in UTF-8, without its trailer. */
export async function* textOf(
  path: string,
  { compression, encoding, trailer }: Dialect,
  { where = path, counted = () => undefined }: TextTerms = {},
): AsyncGenerator<Buffer> {
  await checkMagic(path, { compression, where })
  const text = decoded(uncompressed(path, compression), { encoding, where })
  yield* trailer === undefined ? text : untrailed(text, { trailer, counted, where })
}

const magics: Readonly<Record<Exclude<Compression, 'none'>, Buffer>> = {
  gzip: Buffer.from([0x1f, 0x8b]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
}

/** A Fault unless the file begins as its declared compression does (RFC 1952, RFC 8878). */
async function checkMagic(
  path: string,
  { compression, where }: { readonly compression: Compression; readonly where: string },
): Promise<void> {
  const file = await open(path)
  const { buffer } = await file.read({ buffer: Buffer.alloc(4), position: 0 }).finally(() => file.close())
  const found = (['gzip', 'zstd'] as const).find(each => buffer.subarray(0, magics[each].length).equals(magics[each]))
  if ((found ?? 'none') === compression) return
  throw new Fault({
    what: `the file is ${found === undefined ? 'not compressed' : `compressed with ${found}`}, and ${compression === 'none' ? 'no compression' : compression} is declared`,
    where,
    hint: 'Declare the compression that the sender uses, or ask for a new file. The interval stays open.',
    retry: 'never',
  })
}

async function* uncompressed(path: string, compression: Compression): AsyncGenerator<Buffer> {
  if (compression === 'none') yield* piecesOf(path)
  else if (compression === 'gzip') yield* through(path, createGunzip())
  else {
    const { size } = await stat(path)
    /** Node stops behind the first frame; a file may hold several (RFC 8878, section 3). */
    for (let from = 0; from < size; ) {
      const frame = createZstdDecompress()
      yield* through(path, frame, from)
      from += frame.bytesWritten
    }
  }
}

async function* through(path: string, engine: Transform, start = 0): AsyncGenerator<Buffer> {
  /** What fails in either fails in the loop. */
  pipeline(piecesOf(path, start), engine, () => undefined)
  yield* engine as AsyncIterable<Buffer>
}

interface Trailing {
  readonly trailer: RegExp
  readonly counted: (rows: number) => void
  readonly where: string
}

/** Holds back the last line that is not blank until it is known to be the last. */
async function* untrailed(text: AsyncIterable<Buffer>, { trailer, counted, where }: Trailing): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  for await (const chunk of text) {
    held = Buffer.concat([held, chunk])
    const start = lastLine(held)
    if (start > 0) yield held.subarray(0, start)
    held = held.subarray(start)
  }
  const rows = new RegExp(`^(?:${trailer.source})$`, trailer.flags).exec(held.toString().trim())?.groups?.rows
  if (rows === undefined || !/^[0-9]{1,15}$/.test(rows)) throw untold(where)
  counted(Number(rows))
}

/** Where the last line that is not blank begins. */
function lastLine(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === lineFeed || isBlank(bytes, end - 1, end))) end -= 1
  return end === 0 ? 0 : bytes.lastIndexOf(lineFeed, end - 1) + 1
}

const untold = (where: string): Fault =>
  new Fault({
    what: 'the file does not end with the trailer that is declared',
    where,
    hint: 'It is cut, or still being written. The interval stays open and it is read again later; if it stays so, ask the sender.',
    retry: 'later',
  })

const mark = Buffer.from([0xef, 0xbb, 0xbf])

/** Whether a text in UTF-8 begins with a byte-order mark. */
export async function beginsMarked(path: string, compression: Compression): Promise<boolean> {
  let head = Buffer.alloc(0)
  for await (const piece of textOf(path, { ...plain, compression })) {
    head = Buffer.concat([head, piece.subarray(0, mark.length)])
    if (head.length >= mark.length) break
  }
  return head.subarray(0, mark.length).equals(mark)
}

const lineFeed = 10

/** Space, tab, vertical tab, form feed, carriage return. */
export function isBlank(chunk: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = chunk[at] as number
    if (byte !== 32 && byte !== 13 && byte !== 9 && byte !== 11 && byte !== 12) return false
  }
  return true
}

export type TextMeasure = Pick<Landed, 'lines' | 'longest' | 'trailer'>

/** Measures the text of a landed file; a Fault where it cannot be read to its end as its dialect says. */
export async function measureText(path: string, dialect: Dialect, where: string): Promise<TextMeasure> {
  const measure = lineMeasure()
  let trailer: number | undefined
  try {
    const counted = (rows: number): void => {
      trailer = rows
    }
    for await (const piece of textOf(path, dialect, { where, counted })) measure.take(piece)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault({
      what: `the ${dialect.compression === 'none' ? 'file' : `${dialect.compression} stream`} cannot be read to its end: ${(error as Error).message}`,
      where,
      hint: 'The file arrived cut or broken. It will be fetched again; if it stays so, ask the sender to deliver it anew.',
      retry: 'later',
      cause: error,
    })
  }
  return { ...measure.result(), ...(trailer === undefined ? {} : { trailer }) }
}

/** Counts lines as DuckDB's line reader does: a line of white space alone is none. */
function lineMeasure(): { take(piece: Buffer): void; result(): Pick<Landed, 'lines' | 'longest'> } {
  let [lines, longest, length, blank] = [0, 0, 0, true]
  const close = (): void => {
    if (!blank) lines += 1
    longest = Math.max(longest, length)
    length = 0
    blank = true
  }
  return {
    take(piece) {
      let from = 0
      for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, from)) {
        if (blank) blank = isBlank(piece, from, end)
        length += end - from
        close()
        from = end + 1
      }
      if (blank) blank = isBlank(piece, from, piece.length)
      length += piece.length - from
    },
    result() {
      if (length > 0) close()
      return { lines, longest }
    },
  }
}

/** The lines of a text file, with their position among those that are not blank. */
export async function* linesOf(
  path: string,
  written: Dialect = plain,
): AsyncGenerator<{ readonly position: number; readonly bytes: Buffer }> {
  let position = 0
  let rest: Buffer[] = []
  for await (const chunk of textOf(path, written)) {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      const piece = chunk.subarray(from, end)
      const bytes = rest.length === 0 ? piece : Buffer.concat([...rest, piece])
      rest = []
      from = end + 1
      if (!isBlank(bytes, 0, bytes.length)) yield { position: position++, bytes }
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  const last = Buffer.concat(rest)
  if (!isBlank(last, 0, last.length)) yield { position, bytes: last }
}
