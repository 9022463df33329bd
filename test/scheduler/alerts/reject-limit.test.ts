import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LoadingHouse, loadingHouse } from '../loading/house.ts'
import { toySettings } from '../toy/project.ts'
import { type FakePlace, fakePlace } from './places.ts'

let house: LoadingHouse
let hook: FakePlace
beforeEach(async () => {
  house = loadingHouse()
  hook = await fakePlace()
})
afterEach(async () => {
  await house.end()
  await hook.close()
})

test('a load that its reject limit stopped is told with the command that lists the rejects, and is over when the shop has mended them', async () => {
  const { project } = house
  const north = { ...toySettings.connections.north, endpoint: project.root, owner: 'shop' }
  const alerts = [
    { to: 'webhook', address: hook.url, owner: 'shop' },
    { to: 'webhook', address: `${hook.url}/all` },
  ]
  project.config({
    ...toySettings,
    connections: { north },
    environments: { toy: { ...toySettings.environments.toy, alerts } },
  })
  const many = Array.from({ length: 40 }, (_, n) => n + 1)
  house.change('2026-06-10T00:00:00.000000Z', many, true)
  expect((await project.boomerang('run')).code).toBe(3)
  expect(hook.taken.map(({ path }) => path)).toEqual(['/'])
  const [told] = hook.bodies()
  expect(told).toMatchObject({ kind: 'guard', risk: 'financial', owner: 'shop', state: 'opened' })
  expect(told?.next).toBe('npx boomerang rejects --contract storefront.order --connection north')
  const listed = await project.boomerang(...String(told?.next).split(' ').slice(2))
  expect(listed.out).toContain('40 open rejects')
  house.change('2026-07-01T00:00:00.000000Z', many)
  project.now('2026-07-01T03:00:00Z')
  expect((await project.boomerang('run')).code).toBe(0)
  expect(hook.bodies().map(({ id, state }) => [id, state])).toEqual([
    [told?.id, 'opened'],
    [told?.id, 'recovered'],
  ])
}, 60_000)
