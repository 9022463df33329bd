import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import { startSandbox } from '../sandbox/command.ts'
import { boomerang, start } from './project.ts'

/** Kills in all; the figure that is reported was measured with 50. */
const kills = Number(process.env.BOOMERANG_KILLS ?? 4)
const killsPerNight = 2

let folder: string
let seed = Number(process.env.BOOMERANG_SEED ?? Date.now() % 1_000_000)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 4_294_967_296
}

/** What differs between two runs by its nature: who did it, when by the wall clock, and under which token. */
const ownOfARun = ['run', 'token', 'published_at', 'remote', 'house']

/** Every row of every table and view, as text. */
async function warehouseOf(root: string): Promise<readonly string[]> {
  const warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
  const rows: string[] = []
  try {
    const relations = await warehouse.query({
      sql: `select table_schema || '.' || table_name as relation from information_schema.tables where table_schema in ('raw', 'staging', 'marts', 'ops') and table_name not in ('house', 'fences') order by 1`,
    })
    for (const { relation } of relations) {
      const columns = (await warehouse.columns(String(relation))) ?? []
      const kept = columns.filter(({ name }) => !ownOfARun.includes(name)).map(({ name }) => `"${name}"`)
      const units = relation === 'ops.loads' ? 'where pipeline is not null' : ''
      for await (const batch of warehouse.stream({ sql: `select ${kept.join(', ')} from ${relation} ${units}` }))
        for (const row of batch)
          rows.push(
            `${relation} ${JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
          )
    }
  } finally {
    await warehouse.close()
  }
  return rows.sort()
}

async function project(name: string): Promise<{ readonly root: string; stop(): Promise<void> }> {
  const root = join(folder, name)
  const sandbox = await startSandbox({ dir: join(root, '.boomerang', 'sandbox'), orders: 300 })
  await sandbox.advance()
  return { root, stop: () => sandbox.stop() }
}

it(`a night that is killed -9 at ${kills} random moments and run again leaves a warehouse equal to an unbroken one`, async () => {
  const unbroken = await project('unbroken')
  const began = Date.now()
  expect((await boomerang(unbroken.root, 'run')).code).toBe(0)
  const took = Date.now() - began
  const expected = await warehouseOf(unbroken.root)
  await unbroken.stop()
  expect(expected.length).toBeGreaterThan(1_000)
  let done = 0
  for (let night = 0; done < kills; night += 1) {
    const broken = await project(`broken-${night}`)
    const moments: number[] = []
    for (let times = 0; times < killsPerNight && done < kills; times += 1) {
      const after = Math.floor(200 + random() * took)
      moments.push(after)
      if (await killedAfter(broken.root, after)) done += 1
      else break
    }
    const again = await boomerang(broken.root, 'run')
    expect(
      again.code,
      `seed ${process.env.BOOMERANG_SEED ?? seed}, killed after ${moments.join(', ')} ms: ${again.out.slice(-2_000)}${again.err}`,
    ).toBe(0)
    const found = await warehouseOf(broken.root)
    expect(differences(found, expected), `killed after ${moments.join(', ')} ms`).toEqual([])
    await broken.stop()
    rmSync(broken.root, { recursive: true, force: true })
  }
}, 1_200_000)

/** True where the run was still working when it was killed. */
async function killedAfter(root: string, ms: number): Promise<boolean> {
  const child = start(root, ['run'])
  child.stdout?.resume()
  child.stderr?.resume()
  const ended = new Promise<NodeJS.Signals | null>(resolve => child.once('close', (_, signal) => resolve(signal)))
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  const signal = await ended
  clearTimeout(timer)
  return signal === 'SIGKILL'
}

function differences(found: readonly string[], expected: readonly string[]): readonly string[] {
  const [a, b] = [new Set(found), new Set(expected)]
  return [
    ...found.filter(row => !b.has(row)).map(row => `only here: ${row}`),
    ...expected.filter(row => !a.has(row)).map(row => `missing: ${row}`),
    ...(found.length === expected.length ? [] : [`${found.length} rows, expected ${expected.length}`]),
  ].slice(0, 6)
}
