import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { toFault } from '../../contracts/fault.ts'

it('what a file system refuses says which path, and what to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fault-'))
  const path = join(folder, 'file', 'below.json')
  await writeFile(join(folder, 'file'), '')
  const error = await readFile(path).catch((reason: unknown) => reason)
  await rm(folder, { recursive: true })
  expect(toFault(error, 'extract')).toMatchObject({
    what: 'a file and a folder are taken for each other (ENOTDIR)',
    where: path,
    hint: expect.not.stringContaining('not foreseen'),
  })
})

it('a disk that is full is said to be so', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  expect(toFault(error, 'extract orders north')).toMatchObject({
    what: 'the disk is full (ENOSPC)',
    where: 'extract orders north',
  })
})

it('what was not foreseen is said to be so', () => {
  expect(toFault(new RangeError('odd'), 'here').hint).toContain('not foreseen')
})
