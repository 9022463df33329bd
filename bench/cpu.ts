import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const hook = `data:text/javascript,process.on('exit',()=>process.stderr.write('\\ncpu '+JSON.stringify(process.cpuUsage())))`

/** What the process said; an Error where it did not end well. */
export function run(root: string, ...argv: readonly string[]): string {
  const bin = join(import.meta.dirname, '..', 'bin', 'boomerang.js')
  const done = spawnSync(process.execPath, ['--import', hook, bin, ...argv], {
    encoding: 'utf8',
    env: { ...process.env, BOOMERANG_ROOT: root },
  })
  if (done.status !== 0) throw new Error(`boomerang ${argv.join(' ')}: ${done.stdout}${done.stderr}`)
  return done.stderr
}

/** Milliseconds of CPU: the least of five runs, once the compile cache is warm. */
export function cpuOf(root: string, verb: string): number {
  const runs = Array.from({ length: 6 }, () => {
    const usage = /cpu (\{.*\})/.exec(run(root, verb))?.[1] ?? '{}'
    const { user = Number.NaN, system = Number.NaN } = JSON.parse(usage) as Partial<NodeJS.CpuUsage>
    return (user + system) / 1000
  })
  return Math.min(...runs.slice(1))
}
