import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isDead, thisProcess } from '../../../scheduler/kernel/holder.ts'

test('this process lives', () => {
  expect(isDead(thisProcess())).toBe(false)
})

test('a process that was killed is dead, also before its parent has looked', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const holder = { ...thisProcess(), pid: child.pid ?? 0, started: '' }
  expect(isDead(holder)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isDead(holder)).toBe(true)
})

test('another process under the same pid is not the holder', () => {
  expect(isDead({ ...thisProcess(), started: 'an earlier boot 4711' })).toBe(true)
})

test('of a process on another machine nothing is said', () => {
  expect(isDead({ ...thisProcess(), pid: 2 ** 22 + 7, host: 'another machine' })).toBe(false)
})

test('of a process in another container of the same name nothing is said: its pid means nothing here', () => {
  expect(isDead({ ...thisProcess(), pid: 2 ** 22 + 7 })).toBe(true)
  expect(isDead({ ...thisProcess(), pid: 2 ** 22 + 7, space: 'pid:[4026532501]' })).toBe(false)
})
