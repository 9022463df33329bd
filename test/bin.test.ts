import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { expect, it } from 'vitest'

const bin = join(import.meta.dirname, '..', 'bin', 'boomerang.js')

it('a Node that cannot read TypeScript is named, with what to do, and nothing is run', () => {
  const older = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`
  const { status, stderr, stdout } = spawnSync(process.execPath, ['--import', older, bin, 'status'], {
    encoding: 'utf8',
  })
  expect(stderr).toContain('boomerang needs Node 22.18 or newer, and this is Node 20.20.2.')
  expect(stderr).toContain('npx boomerang')
  expect(stdout).toBe('')
  expect(status).toBe(2)
})

it('help lists every command and what each exit code means', () => {
  const { status, stdout } = spawnSync(process.execPath, [bin, '--help'], { encoding: 'utf8' })
  for (const verb of ['run', 'plan', 'status', 'runs', 'rejects', 'trace', 'doctor'])
    expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
  for (const code of ['0', '1', '2', '3', '4', '130']) expect(stdout).toMatch(new RegExp(`^ +${code}  `, 'm'))
  expect(status).toBe(0)
})

it('a command that does not exist is told without a stack trace', () => {
  const { status, stderr } = spawnSync(process.execPath, [bin, 'rum'], { encoding: 'utf8' })
  expect(stderr).toMatch(/unknown command 'rum'/)
  expect(stderr).not.toContain('    at ')
  expect(status).toBe(2)
})

it('a Node that is older than the project needs says so, as the machine has it', () => {
  const outside = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(folder => !folder.includes('node_modules'))
    .join(delimiter)
  const plain = (argv: readonly string[]) =>
    spawnSync('node', argv, { encoding: 'utf8', env: { ...process.env, PATH: outside } })
  const [major] = plain(['--version']).stdout.slice(1).split('.').map(Number)
  const { stderr, stdout } = plain([bin, '--help'])
  if (major !== undefined && major < 22) expect(stderr).toMatch(/^boomerang needs Node 22.18 or newer/)
  else expect(stderr + stdout).not.toContain('SyntaxError')
})
