import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { config } from '../boomerang.config.ts'
import { production } from '../deploy/production.ts'
import { graceMs } from '../scheduler/cli/stop-on-signals.ts'
import { checkProject } from '../scheduler/project.ts'
import { boomerang } from './project.ts'

const root = join(import.meta.dirname, '..')
const read = (name: string): string => readFileSync(join(root, name), 'utf8')

interface Service {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly stop_grace_period?: string
  readonly volumes?: readonly string[]
  readonly deploy?: { readonly replicas: number }
}
const services = (
  parse(read('deploy/compose.yaml'), { merge: true }) as { readonly services: Readonly<Record<string, Service>> }
).services
const unit = new Map(
  read('deploy/boomerang.service')
    .split('\n')
    .filter(line => /^[A-Z]\w+=/.test(line))
    .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)

const { planner, worker } = services
const [entry] = (unit.get('ExecStart') ?? '').split(' bin/boomerang.js ').slice(1)

test('the environment that they run is one, and finds what compose sets', () => {
  const project = checkProject('/house', { ...config, environments: { production } })
  const [environment] = project.environments
  const references = [environment?.state.address, environment?.redis?.address].map(text => text?.replace('env:', ''))
  expect(references).toEqual(['STATE_URL', 'REDIS_URL'])
  for (const service of [planner, worker]) expect(Object.keys(service?.environment ?? {})).toEqual(references)
  expect(environment?.state.password).toBe('env:STATE_PASSWORD')
  expect(read('deploy/compose.yaml')).toContain('${STATE_PASSWORD:?')
  expect(Object.keys(services)).toEqual(['planner', 'worker', 'postgres', 'redis'])
  expect(worker?.deploy?.replicas).toBe(2)
})

test.each([
  ['the planner', planner?.command],
  ['a worker', worker?.command],
  ['the unit', entry?.split(' ')],
])('%s runs a command that there is', async (_, argv) => {
  if (argv === undefined) throw new Error('no command')
  const { code, out, err } = await boomerang('/nowhere', ...argv, '--help')
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(`boomerang ${argv.includes('up') ? 'up' : 'worker'} [options]`)
  expect(argv.slice(0, 2)).toEqual(['--environment', 'production'])
})

test('a process is given the time that its steps may take to stop', () => {
  const seconds = [Number.parseInt(planner?.stop_grace_period ?? '', 10), Number(unit.get('TimeoutStopSec'))]
  for (const given of seconds) expect(given * 1000).toBeGreaterThan(graceMs)
})

test('what must outlive a process lies where they let it be written', () => {
  for (const path of [production.warehouse.path, production.landing]) expect(path).toMatch(/^\.boomerang\//)
  expect(planner?.volumes).toEqual(['house:/house/.boomerang'])
  expect(worker?.volumes).toEqual(planner?.volumes)
  expect(read('Dockerfile')).toContain('VOLUME /house/.boomerang')
  expect(unit.get('ReadWritePaths')).toBe(`${unit.get('WorkingDirectory')}/.boomerang`)
})

test('the image leaves out nothing that a command needs', () => {
  const ignored = read('.dockerignore').trim().split('\n')
  const needed = [
    'bin',
    'boomerang.ts',
    'boomerang.config.ts',
    'contracts',
    'deploy',
    'jobs',
    'models',
    'sandbox',
    'scheduler',
    'sinks',
  ]
  for (const name of needed) {
    expect(existsSync(join(root, name))).toBe(true)
    expect(ignored).not.toContain(name)
  }
})
