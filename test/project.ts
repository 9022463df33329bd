import { spawn } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLine, type Ran } from './command-line.ts'
import { onProject } from './on-project.ts'

/** What one process has compiled the next one finds: most of what a command costs is reading its own code. */
export const compiledOnce = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'boomerang-compile-cache') }

/** Runs a command on a project whose state lies in `root`, in the process of the test. */
export const boomerang = (root: string, ...argv: readonly string[]): Promise<Ran> => commandLine(onProject(root, argv))

/** Runs it as a person would, in a process of its own. */
export function apart(root: string, ...argv: readonly string[]): Promise<Ran> {
  const child = start(root, argv)
  let [out, err] = ['', '']
  child.stdout?.on('data', chunk => {
    out += String(chunk)
  })
  child.stderr?.on('data', chunk => {
    err += String(chunk)
  })
  return new Promise(resolve => child.once('close', code => resolve({ code, out, err })))
}

export const start = (root: string, argv: readonly string[]): ReturnType<typeof spawn> =>
  spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'project-main.ts'), root, ...argv],
    { stdio: ['ignore', 'pipe', 'pipe'], env: compiledOnce },
  )

/** One of the demo's two brands with all of its systems: every kind of step, and half of their number. Both with `npm run test:chaos`. */
export const oneBrand =
  process.env.BOOMERANG_CHAOS === 'long' ? '' : `connections: ['north', 'erp-north', 'wms-north', 'crm-north'],`

/** What the syncs are computed from: every kind of step of a night, and no more models than that. */
const models = [
  ...['shops', 'customers', 'orders', 'order_lines', 'refunds', 'invoices'].map(name => `staging/${name}.sql`),
  ...['orders', 'customers', 'customer_loyalty'].map(name => `marts/${name}.sql`),
]

/** A project on the demo's house whose environment is set otherwise; `more` is the text of settings. */
export function settle(root: string, more: string): void {
  const house = join(import.meta.dirname, '..')
  for (const file of models) cpSync(join(house, 'models', file), join(root, 'models', file))
  writeFileSync(
    join(root, 'boomerang.config.ts'),
    `import { config as demo } from ${JSON.stringify(join(house, 'boomerang.config.ts'))}
export const config = { ...demo, environments: { sandbox: { ...demo.environments.sandbox, ${more} } } }\n`,
  )
}
