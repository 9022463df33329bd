import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newestNight } from '../../../scheduler/kernel/run.ts'
import { type ToyProject, toyProject } from '../toy/project.ts'

let toy: ToyProject
beforeEach(() => {
  toy = toyProject([{ id: 'a', pipeline: 'orders' }])
})
afterEach(() => toy.remove())

const newest = () => toy.withState(newestNight)

/** Begins `up`, and gives what it has said so far. */
function up() {
  const { child, ended } = toy.start('up', '--listen', '127.0.0.1:0')
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      said += String(chunk)
    })
  const stop = async () => {
    child.kill('SIGTERM')
    return ended
  }
  return { said: () => said, stop }
}

/** Holds the warehouse until it is told to give it back. */
async function holder() {
  const address = join(toy.root, 'state.sqlite')
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'lane-holder.ts'), address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return { giveBack: () => child.stdin.end() }
}

/** Shorter than a command waits for the warehouse. */
const soon = { timeout: 8_000 }

test('up plans nights at once while another process works in the warehouse, and does them when it is free', {
  timeout: 60_000,
}, async () => {
  expect((await toy.boomerang('run')).code).toBe(0)
  toy.now('2026-07-01T03:00:00Z')
  const { giveBack } = await holder()
  const { said, stop } = up()
  await expect.poll(said, soon).toContain('The night of 2026-07-01 02:00Z: 1 step.')
  giveBack()
  await expect.poll(async () => (await newest())?.state, { timeout: 30_000 }).toBe('done')
  expect((await stop()).code).toBe(0)
})

test('up plans no night from a state store that has not yet taken over what the warehouse knows', {
  timeout: 60_000,
}, async () => {
  expect((await toy.boomerang('run')).code).toBe(0)
  for (const beside of ['', '-wal', '-shm']) rmSync(join(toy.root, `state.sqlite${beside}`), { force: true })
  await toy.withState(async () => undefined)
  toy.now('2026-07-01T03:00:00Z')
  const { giveBack } = await holder()
  const { said, stop } = up()
  await expect.poll(said, soon).toContain('Nights by')
  giveBack()
  await expect.poll(async () => (await newest())?.state, { timeout: 30_000 }).toBe('done')
  await stop()
  const [step] = await toy.withState(({ read }) => read.selectFrom('step').select('spec').execute())
  expect(JSON.parse(step?.spec ?? '').args.interval.from).toBe('2026-06-30T02:00:00.000000Z')
})

test('up refuses a warehouse that is not the state store’s before anything is begun', { timeout: 60_000 }, async () => {
  expect((await toy.boomerang('run')).code).toBe(0)
  rmSync(join(toy.root, 'warehouse.duckdb'))
  toy.now('2026-07-01T03:00:00Z')
  const { code, err } = await toy.apart('up', '--listen', '127.0.0.1:0')
  expect([code, err]).toEqual([2, expect.stringContaining('the warehouse lacks loads')])
  expect((await newest())?.slot).toBe('2026-06-30T02:00:00.000000Z')
})
