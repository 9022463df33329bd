import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuOf, run } from './cpu.ts'
import { takeIn } from './events.ts'
import { extractAll } from './extract.ts'
import { newFigures } from './figures.ts'
import { writeOrders } from './orders-file.ts'

// Every figure is a ratio against a yardstick of the same run, but for the CPU times and the acknowledgments, whose bounds are absolute.
const folder = mkdtempSync(join(tmpdir(), 'boomerang-bench-'))
const here = import.meta.dirname
const { print, end } = newFigures()

interface Loaded {
  readonly seconds: number
  readonly loaded: number
  readonly rejected: number
  readonly peak: number
}

try {
  const small = await loads(200_000)
  const large = await loads(2_000_000)
  print(
    'gate and load of 2,000,000 orders / typed read and the same merge',
    large.gate.seconds / large.yardstick.seconds,
    2.2,
  )
  print('peak memory of 2,000,000 orders / of 200,000', large.gate.peak / small.gate.peak, 1.3)
  const few = await extractAll(join(folder, 'few'), 100_000)
  const many = await extractAll(join(folder, 'many'), 1_000_000)
  process.stdout.write(
    `  extract   ${many.records} objects, ${Math.round(many.bytes / 1e6)} MB: ${many.seconds.toFixed(1)} s, curl ${many.curl.toFixed(1)} s, peak ${Math.round(many.peak)} MB\n`,
  )
  print('extract of 2,000,000 objects of a completed operation / curl of the same bytes', many.seconds / many.curl, 1.3)
  print('peak memory of extracting 2,000,000 objects / 200,000', many.peak / few.peak, 1.3)
  print('cost points spent, as a share of one for each object', many.points / many.records, 0.01)
  const events = await takeIn(join(folder, 'spool'), { rate: 2_000, seconds: 30 })
  process.stdout.write(
    `  events    ${events.sent} sent, ${events.acknowledged} acknowledged, ${events.rate.toFixed(0)} a second, median ${events.p50.toFixed(1)} ms\n`,
  )
  print('events that were not acknowledged', events.sent - events.acknowledged, 0)
  print('2,000 events a second for 30 s, 99th percentile of the acknowledgment, ms', events.p99, 100)
  const root = await houseAfterANight()
  for (const verb of ['--help', 'status']) print(`boomerang ${verb}, milliseconds of CPU`, cpuOf(root, verb), 300)
  run(root, 'sandbox', 'stop')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
end()

async function loads(orders: number): Promise<{ readonly gate: Loaded; readonly yardstick: Loaded }> {
  const file = join(folder, `${orders}.jsonl`)
  await writeOrders(file, orders)
  const yardstick = loadOnce('yardstick', file, orders)
  const gate = loadOnce('gate', file, orders)
  const megabytes = Math.round(statSync(file).size / 1e6)
  for (const [name, { seconds, loaded, rejected, peak }] of Object.entries({ yardstick, gate }))
    process.stdout.write(
      `  ${name.padEnd(9)} ${orders} orders, ${megabytes} MB: ${seconds.toFixed(1)} s, ${loaded} loaded, ${rejected} rejected, peak ${Math.round(peak)} MB\n`,
    )
  print('orders that were neither loaded nor rejected', orders - gate.loaded - gate.rejected, 0)
  rmSync(file)
  return { gate, yardstick }
}

function loadOnce(way: string, file: string, lines: number): Loaded {
  const done = spawnSync(process.execPath, [join(here, 'load-once.ts'), way, file, String(lines), '2000'], {
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`${way}: ${done.stderr}`)
  return JSON.parse(done.stdout) as Loaded
}

/** The demo's project in a folder of its own, after a small night: `status` then has something to say. */
async function houseAfterANight(): Promise<string> {
  const root = join(folder, 'house')
  const config = JSON.stringify(join(here, '..', 'boomerang.config.ts'))
  await cp(join(here, '..', 'models', 'staging'), join(root, 'models', 'staging'), { recursive: true })
  await cp(join(here, '..', 'models', 'marts'), join(root, 'models', 'marts'), { recursive: true })
  await writeFile(join(root, 'boomerang.config.ts'), `export { config } from ${config}\n`)
  run(root, 'sandbox', 'night', '--orders', '300')
  return root
}
