import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../models/warehouse/warehouse.ts'
import { type Lane, type LaneTerms, warehouseLane } from '../../scheduler/lane.ts'
import { deadHolder, newPlace, type Place } from './fixture.ts'

let place: Place
let lanes: Lane[]
let log: string[]
beforeEach(async () => {
  place = await newPlace()
  lanes = []
  log = []
})
afterEach(async () => {
  for (const lane of lanes) await lane.close()
  await place.end()
})

const fake = { close: async () => void log.push('close') } as unknown as Warehouse

function lane(more: Partial<LaneTerms> = {}): Lane {
  const made = warehouseLane({
    state: place.state,
    command: 'run',
    open: async () => {
      log.push('open')
      return fake
    },
    opened: async () => undefined,
    ...more,
  })
  lanes.push(made)
  return made
}

const leases = () => place.state.read.selectFrom('lease').select(['command', 'holder']).execute()

test('work is done one after the other, in the order in which it was asked for, in one opening', async () => {
  const opened = lane()
  let working = 0
  const work = (n: number) => async (): Promise<void> => {
    working += 1
    expect(working).toBe(1)
    await new Promise(resolve => setTimeout(resolve, 3))
    log.push(String(n))
    working -= 1
  }
  await Promise.all([1, 2, 3, 4].map(n => opened.use(work(n))))
  expect(log).toEqual(['open', '1', '2', '3', '4'])
})

test('work that fails is its own caller’s failure; the next work is done', async () => {
  const opened = lane()
  await expect(opened.use(() => Promise.reject(new Error('bad sql')))).rejects.toThrow('bad sql')
  expect(await opened.use(async () => 7)).toBe(7)
})

test('an idle lane closes the file and gives the lease back, and opens again when it is needed', async () => {
  const opened = lane()
  await opened.use(async () => undefined)
  expect(await leases()).toHaveLength(1)
  while ((await leases()).length > 0) await new Promise(resolve => setTimeout(resolve, 20))
  await opened.use(async () => undefined)
  expect(log).toEqual(['open', 'close', 'open'])
})

test('the lease goes back when the file cannot be opened, and when what is found in it is refused', async () => {
  const closed = lane({ open: () => Promise.reject(new Error('no such disk')) })
  await expect(closed.use(async () => undefined)).rejects.toThrow('no such disk')
  const refused = lane({ opened: () => Promise.reject(new Error('another house')) })
  await expect(refused.use(async () => undefined)).rejects.toThrow('another house')
  expect(log).toEqual(['open', 'close'])
  expect(await leases()).toEqual([])
})

test('another command is told who holds the warehouse, since when, and what to do', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lane-holder.ts'), place.address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const waiting = lane({ command: 'rejects', patience: 0 })
  await expect(waiting.use(async () => undefined)).rejects.toMatchObject({
    what: expect.stringMatching(
      `^the warehouse is in use by \`boomerang run\` \\(process ${child.pid} on ${hostname()}\\) since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$`,
    ),
    hint: 'Try again when it has ended; nothing was done.',
    kind: 'held',
    retry: 'later',
  })
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(await waiting.use(async () => 'mine')).toBe('mine')
})

test('a command that waits takes the warehouse when it is given back', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lane-holder.ts'), place.address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const waiting = lane({ command: 'rejects' }).use(async () => 'mine')
  child.stdin.end()
  expect(await waiting).toBe('mine')
})

test('a lease of a process that is dead is taken over at once', async () => {
  await place.state.write(tables =>
    tables
      .insertInto('lease')
      .values({
        name: 'warehouse',
        holder: JSON.stringify(deadHolder),
        command: 'run',
        since: 0,
        until: Date.now() + 60_000,
      })
      .execute(),
  )
  expect(await lane({ patience: 0 }).use(async () => 'mine')).toBe('mine')
})
