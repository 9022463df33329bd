import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newestNight } from '../scheduler/kernel/run.ts'
import { openState } from '../scheduler/state/open.ts'
import { noPostgres, type Postgres, sharedPostgres } from './postgres.ts'
import { start } from './project.ts'
import { noRedis, type RedisServer, startRedis } from './redis.ts'
import { shared } from './shared.ts'
import { freshProject } from './unbroken.ts'
import { differences, warehouseOf } from './warehouses.ts'

/** Kills of each of the two processes, and how often Redis is emptied (it is killed once); the figure that is reported was measured with more. */
const kills = Number(process.env.BOOMERANG_KILLS ?? 1)
const flushes = Number(process.env.BOOMERANG_FLUSHES ?? 1)
const seedGiven = process.env.BOOMERANG_SEED
let seed = Number(seedGiven ?? Date.now() % 1_000_000)
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 4_294_967_296
}

const missing = noRedis ?? noPostgres

describe.skipIf(missing !== undefined)(missing ?? 'a night on two workers, Redis and PostgreSQL', () => {
  let folder: string
  let redis: RedisServer
  let postgres: Postgres
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'workers-'))
    ;[redis, postgres] = await Promise.all([startRedis(), sharedPostgres()])
  }, 60_000)
  afterAll(async () => {
    await redis.stop()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('leaves the warehouse of an unbroken one, though both are killed at random and Redis is emptied and killed', async () => {
    const began = seed
    const { rows: expected } = await shared('unbroken')
    expect(expected.length).toBeGreaterThan(1_000)

    const broken = await freshProject(
      join(folder, 'broken'),
      `redis: { address: 'redis://127.0.0.1:${redis.port}' }, state: '${postgres.url}?schema=broken'`,
    )
    const processes = [kept(broken.root, ['up', '--listen', '127.0.0.1:0']), kept(broken.root, ['worker'])]
    const restarted = async (): Promise<void> => redis.kill().then(() => redis.start())
    const troubles = [
      ...Array.from({ length: kills }, () => processes.map(each => each.kill)).flat(),
      ...Array.from({ length: flushes }, () => () => redis.send('FLUSHALL')),
      restarted,
    ]
    for (const trouble of troubles.toSorted(() => random() - 0.5)) {
      await wait(500 + random() * 2_500)
      await trouble()
    }
    const state = await openState({ address: `${postgres.url}?schema=broken` })
    try {
      await expect.poll(async () => (await newestNight(state))?.state, { timeout: 90_000, interval: 200 }).toBe('done')
      const crashes = await state.read.selectFrom('event').select('what').where('what', '=', 'claimed').execute()
      expect(crashes.length).toBeGreaterThan(50)
    } finally {
      for (const each of processes) await each.stop()
      await state.close()
    }
    expect(differences(await warehouseOf(broken.root), expected), `seed ${began}`).toEqual([])
    await broken.stop()
  }, 240_000)
})

/** A process that is begun again whenever it is killed. */
function kept(root: string, argv: readonly string[]): { kill(): Promise<void>; stop(): Promise<void> } {
  let child = begun()
  function begun(): ChildProcess {
    const made = start(root, argv)
    made.stdout?.resume()
    made.stderr?.resume()
    return made
  }
  const ended = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = new Promise(resolve => child.once('close', resolve))
    child.kill(signal)
    await closed
  }
  return {
    async kill() {
      await ended('SIGKILL')
      child = begun()
    },
    stop: () => ended('SIGTERM'),
  }
}
