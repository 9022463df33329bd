import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Fault } from '../../contracts/fault.ts'
import { readReference, referenceReader } from '../../scheduler/reference.ts'

const root = mkdtempSync(join(tmpdir(), 'boomerang-reference-'))
beforeAll(() => {
  writeFileSync(join(root, 'token'), '  s3cr3t\n')
  writeFileSync(join(root, 'empty'), '\n')
  writeFileSync(join(root, 'broken.json'), '{ "token": s3cr3t }')
  writeFileSync(join(root, 'all.json'), JSON.stringify({ shops: { north: { token: 't-1', port: 8080, on: false } } }))
  process.env.BOOMERANG_TEST_TOKEN = 'from the environment'
})
afterAll(() => {
  delete process.env.BOOMERANG_TEST_TOKEN
  rmSync(root, { recursive: true })
})

test.each([
  ['env:BOOMERANG_TEST_TOKEN', 'from the environment'],
  ['file:token', 's3cr3t'],
  [`file:${root}/token`, 's3cr3t'],
  ['file:all.json#shops.north.token', 't-1'],
  ['file:all.json#shops.north.port', '8080'],
  ['file:all.json#shops.north.on', 'false'],
  ['cmd:echo spoken', 'spoken'],
  ['cmd:cat token', 's3cr3t'],
])('%s is resolved', (reference, value) => {
  expect(readReference(root, reference)).toBe(value)
})

test.each([
  ['env:BOOMERANG_TEST_MISSING', 'the environment variable BOOMERANG_TEST_MISSING is not set'],
  ['file:nowhere', 'the file nowhere does not exist'],
  ['file:empty', 'the file empty is empty'],
  ['file:all.json#shops.south.token', 'all.json has no value at shops.south.token'],
  ['file:all.json#shops.north', 'all.json has no value at shops.north'],
  ['file:all.json#shops.constructor', 'all.json has no value at shops.constructor'],
  ['file:broken.json#token', 'the file broken.json is not JSON'],
  ['cmd:echo s3cr3t >&2; exit 3', 'the command echo ended with exit code 3'],
  ['cmd:true', 'the command true printed nothing'],
  ['cmd:', 'it names no command'],
])('%s is named when it cannot be resolved, and nothing of what stands there', (reference, what) => {
  const read = (): string => readReference(root, reference)
  expect(read).toThrow(expect.objectContaining({ what, where: reference, retry: 'never' }))
  expect(() => {
    try {
      read()
    } catch (error) {
      throw new Error((error as Fault).what)
    }
  }).not.toThrow(/s3cr3t/)
})

test('what a command printed is kept, until it is to be read afresh', () => {
  const read = referenceReader(root)
  const reference = 'cmd:echo x >> runs; wc -l < runs'
  expect([read(reference), read(reference), read(reference, true), read(reference)]).toEqual(['1', '1', '2', '2'])
})

test('what a command printed stays good where it fails later, but for whoever must have it afresh', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const read = referenceReader(root)
  const reference = 'cmd:cat passing'
  writeFileSync(join(root, 'passing'), 'first')
  expect(read(reference)).toBe('first')
  rmSync(join(root, 'passing'))
  vi.advanceTimersByTime(11 * 60 * 1000)
  expect(read(reference)).toBe('first')
  expect(() => read(reference, true)).toThrow('the command cat ended with exit code 1')
  vi.useRealTimers()
})

test('a file is read anew at each look', () => {
  const read = referenceReader(root)
  writeFileSync(join(root, 'rotated'), 'old')
  expect(read('file:rotated')).toBe('old')
  writeFileSync(join(root, 'rotated'), 'new')
  expect(read('file:rotated')).toBe('new')
})
