import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../free-port.ts'
import { noRedis, startRedis } from '../../redis.ts'
import { type FakeMail, type FakePlace, fakeMail, fakePlace } from '../alerts/places.ts'
import { loadingCatalogue } from '../loading/catalogue.ts'
import { type ToyProject, toyProject, toySettings } from '../toy/project.ts'

test('doctor says that nothing can land where a file stands in the way, and makes nothing', async () => {
  const toy = toyProject()
  const { toy: environment } = toySettings.environments
  toy.config({ ...toySettings, environments: { toy: { ...environment, landing: 'now.txt/landing' } } })
  const { out, code } = await toy.apart('doctor')
  expect(out).toMatch(/^fail +landing +.*taken for each other \(ENOTDIR\)/m)
  expect(code).toBe(1)
  toy.remove()
})

describe('doctor', () => {
  let toy: ToyProject
  let [slack, hook, alive]: FakePlace[] = []
  let mail: FakeMail
  beforeEach(async () => {
    toy = toyProject([], { catalogue: loadingCatalogue })
    mkdirSync(join(toy.root, 'models'))
    ;[slack, hook, alive] = await Promise.all([fakePlace(), fakePlace(), fakePlace()])
    mail = await fakeMail()
    writeFileSync(join(toy.root, 'slack.txt'), `${slack?.url}/services/T0SECRET/verysecretindeed`)
    writeFileSync(join(toy.root, 'alive.txt'), `${alive?.url}/ping/quitesecret`)
    settle({})
  })
  afterEach(async () => {
    toy.remove()
    await Promise.all([slack, hook, alive, mail].map(each => each?.close()))
  })

  function settle(more: object): void {
    const settings = {
      alive: 'file:alive.txt',
      alerts: [
        { to: 'slack', address: 'file:slack.txt' },
        { to: 'webhook', address: hook?.url },
        {
          to: 'mail',
          address: `smtp://127.0.0.1:${mail.port}`,
          sender: 'data@example.com',
          recipients: ['finance@example.com'],
        },
      ],
      ...more,
    }
    toy.config({ ...toySettings, environments: { toy: { ...toySettings.environments.toy, ...settings } } })
  }
  const verdicts = (out: string): readonly string[] =>
    out.split('\n').flatMap(line => /^(ok|warn|fail|-) +(alerts \w+|alive|\w+)/.exec(line)?.slice(1, 3).join(' ') ?? [])
  const sent = (): number =>
    [slack, hook, alive].reduce((sum, each) => sum + (each?.taken.length ?? 0), mail.taken.length)

  test('looks whether alerts and the sign of life can be sent, and sends nothing', async () => {
    const { out, code } = await toy.boomerang('doctor')
    expect(out).toMatch(/^ok +alerts slack file:slack\.txt +can be reached; nothing was sent$/m)
    expect(out).toMatch(/^ok +alerts mail smtp:\S+ +can be reached; nothing was sent$/m)
    expect(verdicts(out)).toEqual(expect.arrayContaining(['ok alerts webhook', 'ok alive']))
    expect([code, sent()]).toEqual([0, 0])
  })

  test('names each place that cannot be reached, and shows no address that is a secret', async () => {
    await Promise.all([slack, hook, alive, mail].map(each => each?.close()))
    const { out, code } = await toy.boomerang('doctor')
    expect(verdicts(out).filter(each => each.startsWith('fail'))).toEqual([
      'fail alerts slack',
      'fail alerts webhook',
      'fail alerts mail',
      'fail alive',
    ])
    expect(out).toContain('it cannot be reached (ECONNREFUSED) (slack file:slack.txt). Next: See that the address')
    expect(out).not.toMatch(/secret/i)
    expect(code).toBe(1)
  })

  test('shows a mail server without TLS no password, and says so', async () => {
    writeFileSync(join(toy.root, 'password.txt'), 'wrong-password')
    const route = {
      to: 'mail',
      address: `smtp://alerts@127.0.0.1:${mail.port}`,
      password: 'file:password.txt',
      sender: 'data@example.com',
      recipients: ['finance@example.com'],
    }
    settle({ alerts: [route] })
    expect((await toy.boomerang('doctor')).out).toMatch(/^fail +alerts mail .*the server would take no mail \(ETLS/m)
  })

  test('says of a secret that is not there that it is not, and goes on', async () => {
    rmSync(join(toy.root, 'slack.txt'))
    const { out } = await toy.boomerang('doctor')
    expect(verdicts(out)).toEqual(expect.arrayContaining(['fail alerts slack', 'ok alerts webhook', 'ok alive']))
  })

  test('goes on where the state store is away, and fails in the end', async () => {
    const redis = noRedis === undefined ? await startRedis() : undefined
    settle({
      state: `postgres://admin@127.0.0.1:${await freePort()}/house`,
      redis: { address: `redis://127.0.0.1:${redis?.port ?? (await freePort())}` },
    })
    const { out, code } = await toy.boomerang('doctor')
    expect(out).toMatch(/^fail +state +the state store cannot be reached \(ECONNREFUSED\)/m)
    expect(verdicts(out)).toEqual([
      'ok node',
      'ok project',
      'ok models',
      'ok clock',
      'fail state',
      `${redis === undefined ? 'fail' : 'ok'} redis`,
      '- warehouse',
      'ok landing',
      'ok disk',
      'ok connection',
      'ok alerts slack',
      'ok alerts webhook',
      'ok alerts mail',
      'ok alive',
      '- last',
    ])
    expect(code).toBe(1)
    await redis?.stop()
  })
})
