import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bullmqDeliverer } from '../scheduler/deliver/bullmq.ts'
import { inlineDeliverer } from '../scheduler/deliver/inline.ts'
import { noRedis, startRedis } from '../test/redis.ts'
import { cpuOf } from './cpu.ts'
import { idealMs, timeDiamond } from './diamond.ts'
import { newFigures } from './figures.ts'
import { workHourly } from './hourly.ts'
import { timeRecovery } from './recovery.ts'
import { houseOfWaiting } from './waiting.ts'

// What the scheduler itself costs: every step here only sleeps.
const { print, end } = newFigures()
const concurrency = 16

print(
  '200 steps in 20 levels, inline / ideal',
  (await least(() => timeDiamond(inlineDeliverer(concurrency)))) / idealMs,
  1.2,
)
await overRedis()

const [alone, beside, beyondLease] = await Promise.all([workHourly(false), workHourly(true), timeRecovery()])
process.stdout.write(
  `  hourly    p95 of waiting ${alone.p95} ms alone, ${beside.p95} ms beside a backfill of 400 days, of which ${beside.done} steps were done\n`,
)
print('p95 of waiting, hourly beside a backfill / alone', beside.p95 / alone.p95, 1.2)
print('a step whose machine is gone is begun again, seconds beyond the lease', beyondLease / 1000, 2)

const folder = mkdtempSync(join(tmpdir(), 'boomerang-bench-'))
await houseOfWaiting(folder, 10_000)
print('boomerang status with 10,000 steps, milliseconds of CPU', cpuOf(folder, 'status'), 300)
rmSync(folder, { recursive: true, force: true })

const { early, late, steps } = steady()
process.stdout.write(
  `  steady    heap ${early.toFixed(1)} MB after a tenth, ${late.toFixed(1)} MB after ${steps} steps\n`,
)
print('heap of a worker after an hour of steps / after a tenth of it', late / early, 1.1)
end()

async function overRedis(): Promise<void> {
  if (noRedis !== undefined) return void process.stdout.write(`BullMQ: ${noRedis}\n`)
  const server = await startRedis()
  const redis = { host: '127.0.0.1', port: server.port, db: 0 }
  const open = () =>
    bullmqDeliverer({
      redis,
      house: randomUUID(),
      concurrency,
      health: { isAsked: () => false, trouble: () => undefined, well: () => undefined },
    })
  print('200 steps in 20 levels, BullMQ on Redis / ideal', (await least(() => timeDiamond(open()))) / idealMs, 1.7)
  await server.stop()
}

/** The least of five, after one that does not count. */
async function least(time: () => Promise<number>): Promise<number> {
  await time()
  const times: number[] = []
  for (let n = 0; n < 5; n += 1) times.push(await time())
  return Math.min(...times)
}

function steady(): { readonly early: number; readonly late: number; readonly steps: number } {
  const done = spawnSync(process.execPath, ['--expose-gc', join(import.meta.dirname, 'steady-worker.ts')], {
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(done.stderr)
  return JSON.parse(done.stdout)
}
