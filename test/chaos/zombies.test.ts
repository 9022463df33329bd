import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ToyProject, toyProject } from '../scheduler/toy/project.ts'
import { breachesIn, fileIn, go, isOver, leasesRunOut, startUnder, stopped, withStore } from './houses.ts'

let project: ToyProject
beforeEach(() => {
  project = toyProject()
})
afterEach(() => project.remove())

const address = (): string => join(project.root, 'state.sqlite')

describe('a zombie', { timeout: 60_000 }, () => {
  test.each([
    ['was stopped for longer than its lease, and goes on (SIGSTOP)', 'stubborn'],
    ['has blocked its event loop for longer than its lease, and goes on', 'block'],
  ] as const)('that %s keeps nothing of what another has done meanwhile', async (_, deed) => {
    project.plan([
      { id: 'a', tries: [deed, 'ok'] },
      { id: 'b', after: ['a'] },
    ])
    const zombie = project.start('run')
    await fileIn(project, 'waiting')
    await expect
      .poll(() =>
        withStore(address(), ({ read }) =>
          read.selectFrom('lease').select('name').where('name', 'not like', 'work %').execute(),
        ),
      )
      .toEqual([])
    if (deed === 'stubborn') zombie.child.kill('SIGSTOP')
    await leasesRunOut(address())
    expect((await project.boomerang('run')).code).toBe(0)
    go(project)
    zombie.child.kill('SIGCONT')
    const { code, out } = await zombie.ended
    expect(code).toBe(0)
    expect(out).toMatch(/another process|taken over|lost/i)
    expect(project.tries()).toEqual(['a', 'a', 'b'])
    expect(await project.effects()).toEqual({ a: 1, b: 1 })
    expect(await breachesIn(project)).toEqual([])
  })

  test('that was killed while it held the pool does not hold it back', async () => {
    project.plan([
      { id: 'a', pool: 'north', tries: ['stubborn', 'ok'] },
      { id: 'b', pool: 'north' },
    ])
    const holder = project.start('run')
    await fileIn(project, 'waiting')
    await stopped(holder.child, 'SIGKILL')
    expect((await project.boomerang('run')).code).toBe(0)
    expect(await project.effects()).toEqual({ a: 1, b: 1 })
    expect(await breachesIn(project)).toEqual([])
  })
})

describe('a process', { timeout: 60_000 }, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'that is told twice to end (%s) ends at once, though a step will not; its step is done again by the next',
    async signal => {
      project.plan([{ id: 'a', tries: ['stubborn', 'ok'] }])
      const { child, ended } = project.start('run')
      await fileIn(project, 'waiting')
      child.kill(signal)
      await new Promise(resolve => setTimeout(resolve, 200))
      expect(child.exitCode, 'the first asks, and the step does not listen').toBeNull()
      child.kill(signal)
      await expect.poll(() => isOver(child), { timeout: 15_000, message: 'long before the grace is over' }).toBe(true)
      expect((await ended).code).toBe(130)
      expect((await project.boomerang('run')).code).toBe(0)
      expect(await project.effects()).toEqual({ a: 1 })
      expect(await breachesIn(project)).toEqual([])
    },
  )

  test('that runs out of memory is one crash of its step, and the next does it', async () => {
    project.plan([{ id: 'a', tries: ['outgrow', 'ok'] }, { id: 'b' }])
    const child = startUnder(['env', 'NODE_OPTIONS=--max-old-space-size=60'], project, 'run')
    const how = await new Promise(resolve => child.once('close', (code, signal) => resolve(signal ?? code)))
    expect(['SIGABRT', 134]).toContain(how)
    expect((await project.boomerang('run')).code).toBe(0)
    expect(await project.effects()).toEqual({ a: 1, b: 1 })
    expect(
      await project.withState(({ read }) => read.selectFrom('step').select(['id', 'crashes']).execute()),
    ).toContainEqual({ id: 'a', crashes: 1 })
    expect(await breachesIn(project)).toEqual([])
  })
})
