import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import { type ToyProject, toyProject, toySettings } from '../toy/project.ts'
import { type FakePlace, fakePlace } from './places.ts'

const secretPath = '/services/T0SECRET/B0SECRET/verysecretindeed'

let toy: ToyProject
let slack: FakePlace
let hook: FakePlace
let alive: FakePlace
beforeEach(async () => {
  toy = toyProject()
  ;[slack, hook, alive] = await Promise.all([fakePlace(), fakePlace(), fakePlace()])
  writeFileSync(join(toy.root, 'slack.txt'), `${slack.url}${secretPath}`)
  writeFileSync(join(toy.root, 'alive.txt'), `${alive.url}/ping/quitesecret`)
  const settings = {
    delivers: false,
    alive: 'file:alive.txt',
    alerts: [
      { to: 'slack', address: 'file:slack.txt', from: 'operational' },
      { to: 'webhook', address: hook.url },
    ],
  }
  toy.config({ ...toySettings, environments: { toy: { ...toySettings.environments.toy, ...settings } } })
})
afterEach(async () => {
  toy.remove()
  await Promise.all([slack, hook, alive].map(each => each.close()))
})

const states = (place: FakePlace) => place.bodies().map(({ state }) => state)
const ids = (): string => String(hook.bodies()[0]?.id)

describe('a house that a crontab runs', { timeout: 60_000 }, () => {
  test('tells of what failed after the run, and that it is over after the retry, though it does not deliver', async () => {
    toy.plan([
      { id: 'a', tries: ['fail'], risk: 'operational' },
      { id: 'b', after: ['a'] },
    ])
    expect(await toy.boomerang('run')).toMatchObject({ code: 1, err: '' })
    expect([states(hook), slack.taken.length, alive.taken.length]).toEqual([['opened'], 1, 0])
    expect(hook.bodies()[0]?.counts).toEqual({ failed: 1, blocked: 1 })
    const next = String(hook.bodies()[0]?.next)
    expect(next).toMatch(/^npx boomerang retry 2026-06-30-[0-9a-f]{8}$/)
    expect(await toy.boomerang(...next.split(' ').slice(2))).toMatchObject({ code: 0, err: '' })
    expect([states(hook), slack.taken.length, alive.taken.length]).toEqual([['opened', 'recovered'], 2, 1])
    await toy.boomerang('run')
    expect([states(hook), slack.taken.length, alive.taken.length]).toEqual([['opened', 'recovered'], 2, 1])
  })

  test('does its night though a place hangs, and says so in the log without its address', async () => {
    toy.plan([{ id: 'a', tries: ['guard'], risk: 'financial' }])
    slack.answers('nothing')
    const ran = await toy.boomerang('run')
    expect(ran.code).toBe(3)
    expect(states(hook)).toEqual(['opened'])
    const listed = await toy.boomerang('alerts')
    expect(listed.out).toContain(' told 1 of 2 ')
    expect(listed.out).toContain('untold slack file:slack.txt: no answer came within 10 seconds')
    const logs = readdirSync(join(toy.root, '.boomerang', 'logs')).map(name =>
      readFileSync(join(toy.root, '.boomerang', 'logs', name), 'utf8'),
    )
    expect(logs.join('')).toContain('"to":"slack file:slack.txt"')
    const shown = [
      ...logs,
      ran.out,
      ran.err,
      listed.out,
      ...[...hook.taken].map(({ body }) => JSON.stringify(body)),
    ].join('')
    expect(shown).not.toContain('SECRET')
    const state = readFileSync(join(toy.root, 'state.sqlite'), 'latin1')
    expect(state).not.toContain('SECRET')
  })

  test('does its night though nobody can be told, and nothing can be remembered of it', async () => {
    toy.plan([{ id: 'a', tries: ['fail'] }])
    await toy.boomerang('run')
    rmSync(join(toy.root, 'slack.txt'))
    await toy.withState(state => state.write(tables => sql`drop table alert`.execute(tables)))
    expect(await toy.boomerang('run')).toMatchObject({ code: 0, err: '' })
    expect(toy.log('alerts')).toContain('no such table')
  })

  test('tells that no night can be planned', async () => {
    writeFileSync(join(toy.root, 'toy.json'), '[{"id":"a"},{"id":"a"}]')
    expect((await toy.boomerang('run')).code).toBe(2)
    expect(hook.bodies().map(({ what }) => what)).toEqual([
      expect.stringMatching(/^no night can be planned: the step "a" is planned twice/),
    ])
    toy.plan([{ id: 'a' }])
    expect((await toy.boomerang('run')).code).toBe(0)
    expect(states(hook)).toEqual(['opened', 'recovered'])
  })
})

describe('the commands', { timeout: 60_000 }, () => {
  test('list what is open and muted, and take over an alert', async () => {
    expect((await toy.boomerang('alerts')).out).toBe('Nothing is wrong that anybody would be told of.\n')
    toy.plan([{ id: 'a', tries: ['fail'], risk: 'operational' }])
    await toy.boomerang('run')
    const listed = await toy.boomerang('alerts')
    expect(listed.out).toMatch(
      /^id +risk +since +state +owner +what\n[0-9a-f]{8} +operational +\S+ \S+ +told 2 of 2 +a failed: the toy broke\n/,
    )
    expect(listed.out).toMatch(/\n {10}next {3}npx boomerang retry 2026-06-30-[0-9a-f]{8}\n/)
    expect((await toy.boomerang('alerts', 'ack', ids(), '--why', 'on it')).out).toContain(
      `${ids()} is yours: a failed: the toy broke.`,
    )
    expect((await toy.boomerang('alerts', 'mute', 'north', '--for', '2h', '--why', 'it moves')).out).toMatch(
      /^Muted: north until .*Z, since .*Z by \S+ on \S+: it moves\.\n$/,
    )
    const after = (await toy.boomerang('alerts')).out
    expect(after).toMatch(/acked {2}\S+ \S+Z by \S+ on \S+: on it/)
    expect(after).toContain('Muted: north until')
    expect((await toy.boomerang('alerts', 'unmute', 'north')).out).toBe('north is told of again.\n')
    expect(toy.log('alerts')).toMatch(
      /"name":"north","who":"\S+ on \S+","event":"unmuted"|"event":"unmuted","name":"north","who":"\S+ on \S+"/,
    )
    for (const name of ['nosuch', ''])
      expect(await toy.boomerang('alerts', 'ack', name)).toMatchObject({
        code: 2,
        err: expect.stringContaining(`there is no open alert ${name}`),
      })
    expect(await toy.boomerang('alerts', 'mute', 'north', '--for', 'ever')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--for takes a time of up to 90 days, and got ever'),
    })
    expect(await toy.boomerang('alerts', 'mute', 'nroth', '--for', '2h')).toMatchObject({
      code: 2,
      err: expect.stringContaining('connection or check nroth; did you mean north?'),
    })
  })

  test('list what the checks found, the dearest first, and nothing that is resolved', async () => {
    expect((await toy.boomerang('findings')).out).toBe('No open findings.\n')
    const warehouse = await openDuckdb(join(toy.root, 'warehouse.duckdb'))
    const now = `timestamptz '2026-06-30 03:00:00+00'`
    const finding = (key: string, state: string, atRisk: string): string =>
      `insert into ops.findings by name select 'it''s off' as check_name, 'north' as connection, '${key}' as key, 'differs' as kind, '${state}' as state,
        '{}'::json as detail, '5.000000000' as expected, '7.500000000' as found, ${atRisk} as at_risk, 'EUR' as currency, ${now} as since, ${now} as first_seen, ${now} as last_seen`
    for (const sql of [finding('a', 'new', '9'), finding('b', 'persists', '20.5'), finding('c', 'resolved', '99')])
      await warehouse.local.run(sql)
    await warehouse.local.run(finding('d', 'resolved', '99').replace(`'north'`, `'south'`))
    await warehouse.close()
    const listed = await toy.boomerang('findings', '--check', "it's off", '--connection', 'north')
    expect(listed.out.split('\n').slice(1)).toEqual([
      "2026-06-30 03:00  north       it's off: differs  b    20.50 EUR  expected 5.00, found 7.50",
      "2026-06-30 03:00  north       it's off: differs  a    9.00 EUR   expected 5.00, found 7.50",
      '',
    ])
    expect((await toy.boomerang('findings', '--connection', 'south')).out).toBe('No open findings.\n')
  })

  test('send a test to every route, and say which took it', async () => {
    slack.answers({ status: 404, body: 'no_service' })
    const ran = await toy.boomerang('alerts', 'test')
    expect(ran.code).toBe(1)
    expect(ran.out).toMatch(
      /^fail {2}slack file:slack\.txt +Slack answered 404: no_service\. Next: .*\nok +webhook http:\/\/127\.0\.0\.1:\d+ +taken\n1 route did not take it\.\n$/,
    )
    expect((await toy.boomerang('alerts', 'test')).code).toBe(0)
    expect((await toy.boomerang('alerts')).out).toContain('Nothing is wrong')
  })
})

test('up tells of what fails while it works', async () => {
  toy.plan([{ id: 'a', tries: ['fail'], risk: 'operational' }])
  const { child, ended } = toy.start('up', '--listen', '127.0.0.1:0')
  await hook.until(1)
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 0, err: '' })
  expect(states(hook)).toEqual(['opened'])
}, 60_000)
