import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { ScriptedFault } from './faults.ts'
import { type SandboxJson, serve } from './serve.ts'
import type { Truth } from './truth.ts'

interface ServeOptions {
  readonly dir: string
  readonly orders: string
  readonly seed: string
  readonly polls: string
  readonly idle: string
}

/** Adds the verb `sandbox`: the simulated outside world of the demo and the tests. */
export function addSandboxCommand(program: Command, { dir }: { readonly dir: string }): void {
  const sandbox = program
    .command('sandbox')
    .description('the simulated outside world: two shops, their books, shelves and CRM')
  const withWorld = (command: Command): Command =>
    command
      .option('--dir <folder>', 'where its state lies', dir)
      .option('--orders <n>', 'orders in the history of a new world', '2000')
      .option('--seed <n>', 'seed of a new world', '7')
      .option('--polls <n>', 'polls until a bulk operation is done', '2')
      .option('--idle <minutes>', 'end when unused for so long', '15')
  withWorld(sandbox.command('serve').description('serve it in the foreground')).action((options: ServeOptions) =>
    serve({
      dir: options.dir,
      orders: Number(options.orders),
      seed: Number(options.seed),
      polls: Number(options.polls),
      idleMs: Number(options.idle) * 60_000,
    }),
  )
  withWorld(sandbox.command('start').description('see that it is up, in a process of its own; no time passes')).action(
    async (options: ServeOptions) => {
      const { info } = await startProcess(options)
      process.stdout.write(
        `The sandbox is up (process ${info.pid}), day ${info.day}: it is ${timeOf(info)}. Its clock stands still until \`sandbox advance\` lets a day pass, or \`sandbox night\`, which does the night of that day, too.\n`,
      )
    },
  )
  withWorld(
    sandbox
      .command('advance')
      .description('let one day pass: orders come in, the clock moves on, and no night is done'),
  ).action(async (options: ServeOptions) => {
    const { info } = await startProcess(options)
    const told = await post(`${info.control}/advance`)
    process.stdout.write(`Sandbox, day ${told.day}: it is ${timeOf(told)}. Next: boomerang run does its night.\n`)
  })
  withWorld(sandbox.command('night').description('let one day pass, and do its night, as `npm start` does')).action(
    async (options: ServeOptions) => {
      const { info } = await startProcess(options)
      const told = await post(`${info.control}/advance`)
      process.stdout.write(`Sandbox, day ${told.day}: it is ${timeOf(told)}.\n`)
      const night = spawn(process.execPath, [process.argv[1] ?? '', 'run'], { stdio: 'inherit' })
      process.exitCode = await new Promise<number>(resolve => night.once('exit', code => resolve(code ?? 1)))
    },
  )
  sandbox
    .command('stop')
    .description('end it; its state stays')
    .option('--dir <folder>', 'where its state lies', dir)
    .action((options: { readonly dir: string }) => {
      const info = readInfo(options.dir)
      process.stdout.write(
        info !== undefined && stopProcess(info.pid) ? 'The sandbox has ended.\n' : 'The sandbox was not running.\n',
      )
    })
}

const timeOf = ({ now }: SandboxJson): string => `${now.slice(0, 16)}Z`

const infoFile = (dir: string): string => join(dir, 'sandbox.json')
const readInfo = (dir: string): SandboxJson | undefined =>
  existsSync(infoFile(dir)) ? (JSON.parse(readFileSync(infoFile(dir), 'utf8')) as SandboxJson) : undefined

async function post(url: string): Promise<SandboxJson> {
  const response = await fetch(url, { method: 'POST' })
  if (!response.ok) throw new Error(`the sandbox answered HTTP ${response.status}: ${await response.text()}`)
  return (await response.json()) as SandboxJson
}

const answers = async ({ control, pid }: SandboxJson): Promise<boolean> =>
  fetch(control, { signal: AbortSignal.timeout(2_000) }).then(
    async response => ((await response.json()) as { readonly state?: SandboxJson }).state?.pid === pid,
    () => false,
  )

const patienceMs = 20_000

/** A serve process that answers: the one that runs, or a new one that outlives this command. */
async function startProcess({ dir, orders, seed, polls, idle }: ServeOptions): Promise<{ readonly info: SandboxJson }> {
  const known = readInfo(dir)
  if (known !== undefined && (await answers(known))) return { info: known }
  mkdirSync(dir, { recursive: true })
  const log = openSync(join(dir, 'sandbox.log'), 'a')
  const started = Date.now()
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'main.ts'), dir, orders, seed, polls, idle],
    { detached: true, stdio: ['ignore', log, log] },
  )
  child.unref()
  while (Date.now() - started < patienceMs) {
    const info = readInfo(dir)
    if (info !== undefined && info.pid === child.pid && (await answers(info))) return { info }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`the sandbox did not come up within ${patienceMs / 1000} seconds; see ${join(dir, 'sandbox.log')}`)
}

/** Ends a serve process; only one whose command line is a sandbox's. */
function stopProcess(pid: number): boolean {
  try {
    const line = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : 'sandbox'
    if (!line.includes('sandbox')) return false
    return process.kill(pid, 'SIGTERM')
  } catch {
    return false
  }
}

export interface Sandbox {
  readonly control: string
  config(): SandboxJson
  advance(): Promise<void>
  faults(server: string, list: readonly ScriptedFault[]): Promise<void>
  truth(): Promise<Truth>
  writes(): Promise<Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>>
  calls(): Promise<Readonly<Record<string, number>>>
  /** Ends the process; `keep` leaves its state for another. */
  stop(keep?: boolean): Promise<void>
}

/** For tests: a sandbox in a process of its own, so that it survives whatever is killed beside it. */
export async function startSandbox({
  dir,
  orders = 400,
  seed = 7,
  polls = 1,
}: {
  readonly dir: string
  readonly orders?: number
  readonly seed?: number
  readonly polls?: number
}): Promise<Sandbox> {
  const { info } = await startProcess({
    dir,
    orders: String(orders),
    seed: String(seed),
    polls: String(polls),
    idle: '10',
  })
  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${info.control}${path}`)).json()) as T
  return {
    control: info.control,
    config: () => readInfo(dir) ?? info,
    advance: async () => void (await post(`${info.control}/advance`)),
    async faults(server, list) {
      const response = await fetch(`${info.control}/faults`, {
        method: 'POST',
        body: JSON.stringify({ server, faults: list }),
      })
      if (!response.ok) throw new Error(await response.text())
    },
    truth: () => get('/truth'),
    writes: () => get('/writes'),
    calls: () => get('/calls'),
    async stop(keep = false) {
      stopProcess(info.pid)
      if (!keep) rmSync(dir, { recursive: true, force: true })
    },
  }
}
