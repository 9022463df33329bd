import { expect, it } from 'vitest'
import { decoded } from '../../jobs/decode.ts'
import type { Encoding } from '../../jobs/sources/dialect.ts'

async function read(bytes: Buffer, encoding: Encoding, size: number): Promise<Buffer> {
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  })()
  const parts: Buffer[] = []
  for await (const part of decoded(pieces, { encoding, where: 'here' })) parts.push(part)
  return Buffer.concat(parts)
}

const sizes = [1, 2, 3, 4, 5, 7, 1000]

it.each(sizes)('UTF-16 in pieces of %i bytes keeps signs whole that two pairs make', async size => {
  const text = 'aü日😀\n😀😀b'
  expect((await read(Buffer.from(`\ufeff${text}`, 'utf16le'), 'utf-16le', size)).toString()).toBe(text)
})

it.each(sizes)('half a sign, and half a pair at the end, is no text in pieces of %i bytes', async size => {
  const bytes = Buffer.concat([Buffer.from('a\ude00b\ud83dc\ud83d\n', 'utf16le'), Buffer.from('x')])
  const none = Buffer.from([0xff])
  const [a, b, c, end] = ['a', 'b', 'c', '\n'].map(sign => Buffer.from(sign)) as [Buffer, Buffer, Buffer, Buffer]
  expect(await read(bytes, 'utf-16le', size)).toEqual(Buffer.concat([a, none, b, none, c, none, end, none]))
})

it.each(sizes)('UTF-8 is seen for what it is in pieces of %i bytes, though windows-1252 is declared', async size => {
  await expect(read(Buffer.from('Türgriff, 5 €'), 'windows-1252', size)).rejects.toThrow('well-formed UTF-8')
  const both = Buffer.concat([Buffer.from('ü'), Buffer.from('ü', 'latin1'), Buffer.from('x')])
  expect((await read(both, 'windows-1252', size)).toString()).toBe('Ã¼üx')
})

it.each(sizes)('a mark that is cut into pieces of %i bytes is no part of the text', async size => {
  expect((await read(Buffer.from('\ufeffab'), 'utf-8-bom', size)).toString()).toBe('ab')
  expect((await read(Buffer.from('ab'), 'utf-16le', size)).toString()).toBe('扡')
})
