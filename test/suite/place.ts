import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../contracts/connection.ts'
import type { FoundFile, Place } from '../../jobs/sources/drops/place.ts'
import { openPlace } from '../../jobs/sources/drops/places.ts'
import { wholeFile } from '../../jobs/sources/drops/whole-file.ts'
import { outside } from '../sinks/outside.ts'

/** Whoever drops files into a place. */
export interface Dropper {
  readonly connection: Connection
  put(name: string, bytes: Uint8Array, at?: string): Promise<void>
  remove(name: string): Promise<void>
  /** The next readings end after so many bytes each; absent where nothing can cut them. */
  readonly cutAfter?: (...bytes: readonly number[]) => void
  close(): Promise<void>
}

const noon = '2026-06-29T12:00:00Z'

/** What every place that files lie in promises. */
export function judgePlace(name: string, open: () => Promise<Dropper>): void {
  describe(`${name} keeps the promises of a place`, () => {
    let dropper: Dropper
    let place: Place
    beforeEach(async () => {
      dropper = await open()
      place = await openPlace(outside(), dropper.connection)
    })
    afterEach(async () => {
      await place.close()
      await dropper.close()
    })

    const found = async (wanted: string): Promise<FoundFile> => {
      const [file] = await place.list(each => each === wanted)
      if (file === undefined) throw new Error(`${wanted} is not there`)
      return file
    }
    const read = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    }

    it('lists what is wanted, with size and time', async () => {
      await dropper.put('a.csv', Buffer.from('one'), noon)
      await dropper.put('b.csv', Buffer.from('other'), noon)
      expect(await place.list(each => each === 'a.csv')).toMatchObject([
        { name: 'a.csv', bytes: 3, at: Date.parse(noon) },
      ])
      expect(await place.list(() => true)).toHaveLength(2)
    })

    it('lists many, and each once', async () => {
      const names = Array.from({ length: 250 }, (_, n) => `file-${n}.csv`)
      for (const each of names) await dropper.put(each, Buffer.from('x'))
      expect((await place.list(() => true)).map(file => file.name).toSorted()).toEqual(names.toSorted())
    })

    it('lists nothing where nothing lies, and looks nothing up', async () => {
      expect(await place.list(() => true)).toEqual([])
      expect(await place.look('a.csv')).toBeUndefined()
    })

    it.each(['a  b.csv', 'ü 日本.csv', 'a+b&c=d.csv', '100%25.csv', "it's (1)!.csv", '[1]#.csv'])(
      'finds and reads a file of the name %s',
      async odd => {
        await dropper.put(odd, Buffer.from(odd))
        const file = await found(odd)
        expect(await place.look(odd)).toMatchObject({ name: odd, bytes: file.bytes, version: file.version })
        expect(await read(place.open(file, 0))).toBe(odd)
      },
    )

    it('gives the bytes from any offset, and none behind an empty file', async () => {
      await dropper.put('a.csv', Buffer.from('0123456789'))
      await dropper.put('empty.csv', Buffer.alloc(0))
      expect(await read(place.open(await found('a.csv'), 0))).toBe('0123456789')
      expect(await read(place.open(await found('a.csv'), 7))).toBe('789')
      expect(await read(wholeFile(outside(), place, await found('empty.csv')))).toBe('')
    })

    it('knows a file that was replaced, and one that was not', async () => {
      await dropper.put('a.csv', Buffer.from('one'), noon)
      const before = await place.look('a.csv')
      expect(await place.look('a.csv')).toMatchObject({ version: before?.version })
      await dropper.put('a.csv', Buffer.from('two'), '2026-06-29T12:00:01Z')
      expect((await place.look('a.csv'))?.version).not.toBe(before?.version)
    })

    it('says of a file that vanished that it may be over later', async () => {
      await dropper.put('a.csv', Buffer.from('one'))
      const file = await found('a.csv')
      await dropper.remove('a.csv')
      await expect(read(place.open(file, 0))).rejects.toMatchObject({
        name: 'Fault',
        retry: 'later',
        where: expect.stringContaining('a.csv'),
      })
    })

    it('gives a file whole however often it is cut', async ({ skip }) => {
      if (dropper.cutAfter === undefined) return skip('a folder is not cut')
      const bytes = Buffer.from(Array.from({ length: 400_000 }, (_, n) => n % 251))
      await dropper.put('a.bin', bytes)
      const file = await found('a.bin')
      dropper.cutAfter(100_000, 150_000)
      const ctx = outside()
      const chunks: Uint8Array[] = []
      for await (const chunk of wholeFile(ctx, place, file)) chunks.push(chunk)
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
      expect(ctx.waits.length).toBeGreaterThan(0)
    })
  })
}
