import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'

/** Takes each guard out of a copy of the project, and shows that its test goes red: `npm run test:mutants [part of a name]`. */
const root = join(import.meta.dirname, '..', '..')
const [wanted = ''] = process.argv.slice(2)
const longestMs = 60_000
const left = ['node_modules', '.git', '.boomerang', 'bench']

type Verdict = 'killed' | 'survived' | 'not found' | 'did not end' | 'red before'

function copyOf(folder: string): string {
  const copy = join(folder, 'project')
  cpSync(root, copy, { recursive: true, filter: path => !left.includes(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** What each test says of the project as it stands: it must be green, or its red would tell nothing. */
const green = new Map<string, Promise<Verdict>>()

async function verdictOf(copy: string, { file, from, to, test, only }: Mutant): Promise<Verdict> {
  const path = join(copy, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) return 'not found'
  const args = [test, ...(only === undefined ? [] : ['-t', only])]
  const before = green.get(args.join(' ')) ?? tested(copy, args)
  green.set(args.join(' '), before)
  if ((await before) !== 'survived') return 'red before'
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  try {
    return await tested(copy, args)
  } finally {
    writeFileSync(path, text)
  }
}

function tested(copy: string, args: readonly string[]): Promise<Verdict> {
  const env = { ...process.env, BOOMERANG_SEED: '1', BOOMERANG_SEEDS: '200' }
  const argv = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--testTimeout=20000', '--bail=1', ...args]
  const child = spawn(process.execPath, argv, { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (out += String(piece)))
  return new Promise(resolve => {
    const late = setTimeout(() => {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      resolve('did not end')
    }, longestMs)
    child.once('close', code => {
      clearTimeout(late)
      const [, failed, passed] = /^ +Tests +(?:(\d+) failed)?[ |]*(?:(\d+) passed)?/m.exec(plain(out)) ?? []
      if (code === 0) resolve(passed === undefined ? 'red before' : 'survived')
      else resolve(failed === undefined ? 'red before' : 'killed')
    })
  })
}

const plain = (text: string): string => text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')

const chosen = mutants.filter(({ name }) => name.includes(wanted))
const waiting = [...chosen]
const bad: string[] = []

/** Takes one mutant after the other, in a copy of its own. */
async function lane(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'boomerang-mutants-'))
  try {
    const copy = copyOf(folder)
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const began = Date.now()
      const verdict = await verdictOf(copy, mutant)
      if (verdict !== 'killed') bad.push(mutant.name)
      const took = `${((Date.now() - began) / 1000).toFixed(1)} s`
      process.stdout.write(
        `${verdict.padEnd(12)} ${took.padStart(7)}  ${mutant.name}  (${mutant.file}, ${mutant.test})\n`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await Promise.all([lane(), lane()])
process.stdout.write(`${chosen.length - bad.length} of ${chosen.length} mutants killed.\n`)
if (bad.length > 0 || chosen.length === 0) process.exitCode = 1
