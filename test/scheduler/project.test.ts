import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { config } from '../../boomerang.config.ts'
import { Fault } from '../../contracts/fault.ts'
import { checkProject, readProject } from '../../scheduler/project.ts'
import { toySettings } from './toy/project.ts'

const connection = toySettings.connections.north
const environment = toySettings.environments.toy
const withConnection = (more: object) => ({ ...toySettings, connections: { north: { ...connection, ...more } } })
const withEnvironment = (more: object) => ({ ...toySettings, environments: { toy: { ...environment, ...more } } })

const withRoute = (route: object) => withEnvironment({ alerts: [route] })

function problem(settings: unknown): string {
  try {
    checkProject('/project', settings)
    return ''
  } catch (error) {
    return error instanceof Fault ? error.what : String(error)
  }
}

test('the settings of the demo are right', () => {
  const project = checkProject('/project', config)
  expect(project.environments.map(({ name, connections }) => [name, connections.length])).toEqual([['sandbox', 8]])
})

test('relative paths lie in the project, instants have six digits, and what is left out has its default', () => {
  const { since: _, ...without } = connection
  const project = checkProject('/project', { ...toySettings, connections: { north: connection, south: without } })
  expect(project.environments[0]).toMatchObject({
    warehouse: { kind: 'duckdb', path: '/project/warehouse.duckdb' },
    landing: '/project/landing',
    state: { address: '/project/state.sqlite' },
    connections: [
      { name: 'north', since: '2026-06-01T00:00:00.000000Z', secrets: {} },
      { name: 'south', since: '2000-01-01T00:00:00.000000Z' },
    ],
  })
})

test.each([
  [
    'a key at the top',
    { ...toySettings, environment: {} },
    'environment is not a setting; did you mean environments? (allowed: schedule, variables, targets, connections, environments)',
  ],
  [
    'a key of a connection',
    withConnection({ timezone: 'Europe/Berlin' }),
    'connections.north.timezone is not a setting; did you mean timeZone? (allowed: system, brand, region, currency, timeZone, endpoint, account, secrets, since, owner)',
  ],
  [
    'a key of an environment',
    withEnvironment({ deliver: true }),
    'environments.toy.deliver is not a setting; did you mean delivers? (allowed: delivers, connections, warehouse, landing, bucket, keepDays, state, redis, traces, clock, alerts, alive, variables, lateAfterMinutes)',
  ],
  [
    'a key of a warehouse',
    withEnvironment({ warehouse: { kind: 'duckdb', path: 'w', file: 'w' } }),
    'environments.toy.warehouse.file is not a setting (allowed: kind, path, memory, threads)',
  ],
  [
    'no thread at all',
    withEnvironment({ warehouse: { kind: 'duckdb', path: 'w', threads: 0 } }),
    'environments.toy.warehouse.threads: expected a number of cores from 1 on',
  ],
  [
    'a key of a bucket',
    withEnvironment({ bucket: { address: 's3://b', region: 'eu' } }),
    'environments.toy.bucket.region is not a setting (allowed: address, secrets)',
  ],
  [
    'a key of a route',
    withRoute({ to: 'slack', address: 'env:SLACK', adress: 'x' }),
    'environments.toy.alerts.0.adress is not a setting; did you mean address? (allowed: to, address, from, owner, password, sender, recipients)',
  ],
  [
    'a way of a route',
    withRoute({ to: 'teams', address: 'env:TEAMS' }),
    'environments.toy.alerts.0.to: expected one of slack, mail, webhook',
  ],
  [
    'a risk of a route',
    withRoute({ to: 'slack', address: 'env:SLACK', from: 'grave' }),
    'environments.toy.alerts.0.from: expected one of financial, operational, analytical',
  ],
  [
    'a URL of Slack in the place of its reference',
    withRoute({ to: 'slack', address: 'https://hooks.slack.com/services/T0/B0/x' }),
    'environments.toy.alerts.0.address: expected a reference such as env:SLACK_WEBHOOK: who knows the URL may write into the channel',
  ],
  [
    'a password in an address of mail',
    withRoute({
      to: 'mail',
      address: 'smtps://a:b@mail.example.com',
      sender: 'a@example.com',
      recipients: ['b@example.com'],
    }),
    'environments.toy.alerts.0.address: expected an address such as smtps://user@mail.example.com:465, without a password',
  ],
  [
    'mail without those who get it',
    withRoute({ to: 'mail', address: 'env:MAIL', sender: 'a@example.com' }),
    'environments.toy.alerts.0.recipients: expected the addresses that mail is sent to',
  ],
  [
    'recipients of a webhook',
    withRoute({ to: 'webhook', address: 'https://example.com/alerts', recipients: ['b@example.com'] }),
    'environments.toy.alerts.0.recipients: expected nothing: only mail has recipients',
  ],
  [
    'a URL in the place of a reference to it',
    withEnvironment({ alive: 'https://hc-ping.com/1' }),
    'environments.toy.alive: expected a reference such as env:NAME, file:path#key or cmd:op read …, never the secret itself',
  ],
  [
    'a currency',
    withConnection({ currency: 'eur' }),
    'connections.north.currency: expected an ISO 4217 code such as EUR',
  ],
  [
    'a time zone',
    withConnection({ timeZone: 'Europe/Berlim' }),
    'connections.north.timeZone: expected an IANA time zone such as Europe/Berlin',
  ],
  [
    'an offset in the place of a time zone',
    withConnection({ timeZone: '+02:00' }),
    'connections.north.timeZone: expected an IANA time zone such as Europe/Berlin',
  ],
  [
    'an instant without its zone',
    withConnection({ since: '2026-06-01T00:00:00' }),
    'connections.north.since: expected a UTC instant such as 2026-01-01T00:00:00Z',
  ],
  [
    'a day that no month has',
    withConnection({ since: '2026-13-45T99:99:99Z' }),
    'connections.north.since: expected a UTC instant such as 2026-01-01T00:00:00Z',
  ],
  [
    'more days than there are',
    { ...toySettings, environments: { toy: { ...toySettings.environments.toy, keepDays: 99_999_999_999 } } },
    'environments.toy.keepDays: expected a number of days from 1 to 36500',
  ],
  [
    'a schedule',
    { ...toySettings, schedule: { cron: '0 25 * * *', timeZone: 'UTC' } },
    'schedule.cron: expected a schedule of five fields such as 0 2 * * *',
  ],
  [
    'a schedule by the second',
    { ...toySettings, schedule: { cron: '* * * * * *', timeZone: 'UTC' } },
    'schedule.cron: expected a schedule of five fields such as 0 2 * * *',
  ],
  [
    'a connection that is not there',
    withEnvironment({ connections: ['nort'] }),
    'environments.toy.connections: nort is not a connection; there are north',
  ],
  [
    'two environments that deliver',
    { ...toySettings, environments: { toy: environment, live: environment } },
    'environments: toy and live both deliver; only one may write outside',
  ],
  [
    'what is missing',
    { ...toySettings, schedule: { cron: '0 2 * * *' } },
    'schedule.timeZone: expected string, received undefined',
  ],
  [
    'a name',
    { ...toySettings, connections: { 'North!': connection } },
    'connections.North!: expected a name of lower-case letters, digits and hyphens',
  ],
])('%s that is wrong is named with what is allowed', (_, settings, words) => {
  expect(problem(settings)).toBe(words)
})

test('a variable has its type, its value, and another where the environment says so', () => {
  const variables = { least: { type: 'DECIMAL(38,9)', value: '10.00' }, is_open: { type: 'BOOLEAN', value: true } }
  const settings = { ...withEnvironment({ variables: { least: '20' } }), variables }
  expect(checkProject('/project', settings).environments[0]?.variables).toEqual({
    least: "cast('20' as DECIMAL(38,9))",
    is_open: "cast('true' as BOOLEAN)",
  })
  expect(problem({ ...settings, variables: {} })).toContain(
    'environments.toy.variables.least: no such variable is declared',
  )
  expect(problem({ ...toySettings, variables: { now: { type: 'DATE', value: '2026-01-01' } } })).toContain(
    'and not now, start or end',
  )
  expect(problem({ ...toySettings, variables: { least: { type: 'DATE); drop', value: 1 } } })).toContain(
    'a type of SQL',
  )
})

test('all that is wrong is told at once', () => {
  expect(problem(withConnection({ currency: 'eur', brnd: 'x' }))).toBe(
    'connections.north.currency: expected an ISO 4217 code such as EUR; connections.north.brnd is not a setting; did you mean brand? (allowed: system, brand, region, currency, timeZone, endpoint, account, secrets, since, owner)',
  )
})

test.each([
  ['a secret', { secrets: { token: 'shpat_0123456789abcdef' } }],
  ['an endpoint', { endpoint: 'shpat_0123456789abcdef' }],
  ['an account', { account: 'pat-eu1-0123456789abcdef' }],
])('a token in the place of %s is refused, and not repeated', (_, more) => {
  const words = problem(withConnection(more))
  expect(words).toMatch(/never the secret itself|looks like a token/)
  expect(words).not.toContain('0123456789abcdef')
})

test.each([
  ['India', 'Asia/Kolkata'],
  ['Ukraine', 'Europe/Kyiv'],
  ['UTC', 'UTC'],
])('the time zone of %s is known under its name %s', (_, timeZone) => {
  expect(problem(withConnection({ timeZone }))).toBe('')
})

test('a folder without settings, settings without their export, and settings that are no program are told apart', async () => {
  const root = mkdtempSync(join(tmpdir(), 'boomerang-project-'))
  await expect(readProject(root)).rejects.toMatchObject({ what: 'there is no boomerang.config.ts', where: root })
  writeFileSync(join(root, 'boomerang.config.ts'), 'export const configuration = {}')
  await expect(readProject(root)).rejects.toMatchObject({ what: expect.stringContaining('it exports no config') })
  rmSync(root, { recursive: true })
  const other = mkdtempSync(join(tmpdir(), 'boomerang-project-'))
  writeFileSync(join(other, 'boomerang.config.ts'), 'export const config = {')
  await expect(readProject(other)).rejects.toMatchObject({
    what: expect.stringMatching(/^it cannot be read: /),
    retry: 'never',
  })
  rmSync(other, { recursive: true })
})
