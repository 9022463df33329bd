import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { boomerang, start } from './project.ts'
import { shared } from './shared.ts'
import { freshProject } from './unbroken.ts'
import { differences, warehouseOf } from './warehouses.ts'

/** Kills in all; the figure that is reported was measured with 50. */
const kills = Number(process.env.BOOMERANG_KILLS ?? 1)
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

it(`a night that is killed -9 at ${kills} random moments and run again leaves a warehouse equal to an unbroken one`, async () => {
  const { rows: expected, took } = await shared('unbroken')
  expect(expected.length).toBeGreaterThan(1_000)
  let done = 0
  for (let night = 0; done < kills; night += 1) {
    const broken = await freshProject(join(folder, `broken-${night}`))
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
