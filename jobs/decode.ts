import { Fault } from '../contracts/fault.ts'
import type { Encoding } from './sources/dialect.ts'

/** A byte that stands in no UTF-8 text: what was of no character in the file stays refused behind it, by whoever reads on. */
const noText = 0xff

/**
 * A text as UTF-8. A byte-order mark is no part of it, but where plain `utf-8` is declared: then it stays for the reader to judge. What is no character of the declared encoding becomes a byte that is none of UTF-8, so
 * that its record is refused and no other sign stands for it. A Fault where the text as a whole is seen to be of another encoding.
 */
export async function* decoded(
  bytes: AsyncIterable<Buffer>,
  { encoding, where }: { readonly encoding: Encoding; readonly where: string },
): AsyncGenerator<Buffer> {
  const decoder = decoders[encoding](where)
  for await (const chunk of begun(bytes, { encoding, where })) yield decoder.take(chunk)
  yield decoder.end()
}

interface Decoder {
  readonly take: (chunk: Buffer) => Buffer
  readonly end: () => Buffer
}

const asIs: Decoder = { take: chunk => chunk, end: () => Buffer.alloc(0) }

const decoders: Readonly<Record<Encoding, (where: string) => Decoder>> = {
  'utf-8': () => asIs,
  'utf-8-bom': () => asIs,
  'utf-16le': () => utf16(),
  'windows-1252': where => singleBytes(windows1252(), { encoding: 'windows-1252', where }),
  'iso-8859-1': where => singleBytes(latin1(), { encoding: 'iso-8859-1', where }),
}

const marks: readonly (readonly [name: string, mark: Buffer])[] = [
  ['utf-8-bom', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
]

/** The bytes behind the mark of the declared encoding; a Fault at the mark of another. */
async function* begun(
  bytes: AsyncIterable<Buffer>,
  { encoding, where }: { readonly encoding: Encoding; readonly where: string },
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of bytes) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < 3) continue
    yield unmarked(head, { encoding, where })
    head = undefined
  }
  if (head !== undefined) yield unmarked(head, { encoding, where })
}

function unmarked(head: Buffer, { encoding, where }: { readonly encoding: Encoding; readonly where: string }): Buffer {
  const [name, mark] = marks.find(each => head.subarray(0, each[1].length).equals(each[1])) ?? [
    'none',
    head.subarray(0, 0),
  ]
  if (name === encoding) return head.subarray(mark.length)
  if (name === 'none' ? encoding !== 'utf-8-bom' : `${encoding}-bom` === name) return head
  throw otherwise(where, {
    encoding,
    what: `it begins with ${name === 'none' ? 'no byte-order mark' : `the byte-order mark of ${name}`}`,
  })
}

const otherwise = (where: string, { encoding, what }: { readonly encoding: Encoding; readonly what: string }): Fault =>
  new Fault({
    what: `${encoding} is declared, and ${what}`,
    where,
    hint: 'Nothing of it is loaded; the interval stays open. Declare the encoding that the sender writes, or ask for a new file.',
    retry: 'never',
  })

/** Pairs of bytes, some of them halves of one sign: what is left over waits for the next piece. */
function utf16(): Decoder {
  let rest = Buffer.alloc(0)
  return {
    take(chunk) {
      const all = Buffer.concat([rest, chunk])
      const even = all.length - (all.length % 2)
      const isHalf = even >= 2 && ((all[even - 1] as number) & 0xfc) === 0xd8
      const end = isHalf ? even - 2 : even
      rest = all.subarray(end)
      return utf8Of(all.toString('utf16le', 0, end))
    },
    end: () => (rest.length === 0 ? rest : Buffer.from([noText])),
  }
}

/** A half sign without its other half is no character. */
const utf8Of = (text: string): Buffer =>
  text.isWellFormed()
    ? Buffer.from(text)
    : Buffer.concat(
        text.split(/\p{Surrogate}/u).flatMap((part, at) => [...(at === 0 ? [] : [lost]), Buffer.from(part)]),
      )
const lost = Buffer.from([noText])

/**
 * One byte a character. That a file is UTF-8 after all cannot be told in general, but where it has signs beyond ASCII and all of them
 * are well-formed UTF-8, which no sentence of a single-byte encoding is by chance, it is refused as a whole.
 */
function singleBytes(
  table: readonly Buffer[],
  { encoding, where }: { readonly encoding: Encoding; readonly where: string },
): Decoder {
  const strict = new TextDecoder('utf-8', { fatal: true })
  let [isUtf8, beyond] = [true, false]
  const looksUtf8 = (chunk?: Buffer): boolean => {
    try {
      strict.decode(chunk, { stream: chunk !== undefined })
      return true
    } catch {
      return false
    }
  }
  return {
    take(chunk) {
      const isAscii = chunk.every(byte => byte < 0x80)
      if (!isAscii) beyond = true
      if (isUtf8) isUtf8 = looksUtf8(chunk)
      return isAscii ? chunk : mapped(chunk, table)
    },
    end() {
      if (beyond && isUtf8 && looksUtf8())
        throw otherwise(where, { encoding, what: 'all of its signs beyond ASCII are well-formed UTF-8' })
      return Buffer.alloc(0)
    },
  }
}

function mapped(chunk: Buffer, table: readonly Buffer[]): Buffer {
  const out = Buffer.allocUnsafe(chunk.length * 3)
  let at = 0
  for (const byte of chunk) {
    if (byte < 0x80) out[at++] = byte
    else for (const part of table[byte - 0x80] as Buffer) out[at++] = part
  }
  return out.subarray(0, at)
}

const upperHalf = Array.from({ length: 128 }, (_, n) => n + 0x80)

/** 0x80 to 0x9f are controls, which no table of records means: a sender who writes them writes windows-1252. */
const latin1 = (): readonly Buffer[] =>
  upperHalf.map(byte => (byte < 0xa0 ? lost : Buffer.from(String.fromCharCode(byte))))

/** 0x80 to 0x9f; five of them are of no character (unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT). */
const beside1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'

const windows1252 = (): readonly Buffer[] =>
  upperHalf.map(byte => {
    const sign = byte < 0xa0 ? (beside1252[byte - 0x80] as string) : String.fromCharCode(byte)
    return sign === ' ' ? lost : Buffer.from(sign)
  })
