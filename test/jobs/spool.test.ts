import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSpool, sealedPieces } from '../../jobs/spool.ts'

const now = (): Date => new Date('2026-06-30T03:00:00.123Z')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const lines = async (): Promise<readonly string[]> => {
  const texts = await Promise.all((await sealedPieces(folder)).map(piece => readFile(piece, 'utf8')))
  return texts.flatMap(text => text.split('\n')).filter(line => line !== '' && !line.startsWith('{"safe"'))
}

describe('a spool', () => {
  /** In a process that may write files of 8 blocks: what is beyond is cut short, as by a disk that is full. */
  it.each([
    ['first', ['20000', '10'], [false, true], [1]],
    ['between others', ['10', '20000', '10'], [true, false, true], [0, 2]],
  ])('loses no line after one that a full disk cut short, %s', async (_, lengths, kept, found) => {
    const writer = join(import.meta.dirname, 'spool-writer.ts')
    const limited = ['-c', 'ulimit -f 8 && exec "$0" "$@"', process.execPath, writer, folder, ...lengths]
    expect(JSON.parse(execFileSync('sh', limited, { encoding: 'utf8' }))).toEqual(kept)
    expect((await lines()).map(line => (JSON.parse(line) as { at: number }).at)).toEqual(found)
  })

  it('takes nothing for kept once its folder was taken away, says so, and goes on in a new one', async () => {
    const spool = await openSpool(folder, now)
    await spool.append('"before"')
    await rm(folder, { recursive: true })
    await expect(spool.append('"lost"')).rejects.toMatchObject({ what: expect.stringContaining('was taken away') })
    await spool.append('"after"')
    await spool.close()
    expect(await lines()).toEqual(['"after"'])
  })

  it('writes no piece over another, however the clock stands', async () => {
    for (const line of ['"one"', '"two"']) {
      const spool = await openSpool(folder, now)
      await spool.append(line)
      await spool.close()
    }
    expect((await lines()).toSorted()).toEqual(['"one"', '"two"'])
  })

  it('that has nothing to seal leaves no file behind', async () => {
    const spool = await openSpool(folder, now)
    await spool.seal()
    await spool.close()
    expect(await sealedPieces(folder)).toEqual([])
    expect((await readdir(folder)).filter(name => name !== 'open.part')).toEqual([])
  })
})
