import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newestNight } from '../../scheduler/kernel/run.ts'
import { noPostgres, type Postgres, startPostgres } from '../postgres.ts'
import { type ToyProject, toyProject } from '../scheduler/toy/project.ts'
import { count } from './counts.ts'
import { beginners, breachesIn, fileIn, go, leasesRunOut, settleToy, startUnder, stopped, withStore } from './houses.ts'

/** What `faketime` puts before a program: it starts the program as a child of its own, which no signal would reach. */
const faked = ((): string | undefined => {
  try {
    return execFileSync('faketime', ['-f', '+1s', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
})()
const noFaketime = faked === undefined ? 'skipped: no faketime is installed (apt-get install faketime)' : undefined

describe.skipIf(noPostgres !== undefined)(
  noPostgres ?? 'two processes over one PostgreSQL',
  { timeout: 90_000 },
  () => {
    let postgres: Postgres
    let project: ToyProject
    let address: string
    beforeAll(async () => {
      postgres = await startPostgres()
    }, 60_000)
    afterAll(() => postgres.stop())
    beforeEach(() => {
      project = toyProject()
      address = `${postgres.url}?schema=s${Math.random().toString(36).slice(2, 10)}`
      settleToy(project, { state: address })
    })
    afterEach(() => project.remove())

    const night = (state: string): Promise<void> =>
      withStore(address, store =>
        expect.poll(async () => (await newestNight(store))?.state, { timeout: 60_000, interval: 100 }).toBe(state),
      )

    test('and no Redis share a run: each does some of its steps, and no step is done twice', async () => {
      const steps = Array.from({ length: 80 }, (_, n) => ({ id: `s${n}`, tries: ['slow'] as const }))
      project.plan([...steps, { id: 'last', after: steps.map(({ id }) => id) }])
      const commands = [['up', '--listen', '127.0.0.1:0'], ['worker']]
      const processes = commands.map(argv => startUnder(['env'], project, ...argv))
      await night('done')
      await Promise.all(processes.map(child => stopped(child)))
      const began = beginners(project)
      expect(began).toHaveLength(81)
      for (const { pid } of processes) expect(began.filter(each => each === String(pid)).length).toBeGreaterThan(2)
      expect(Object.values(await project.effects())).toEqual(Array(81).fill(1))
      expect(await breachesIn(project, address)).toEqual([])
    })

    test('lose their connections to it in the middle of a word (pg_terminate_backend): they connect again, and no step is done twice', async () => {
      const steps = Array.from({ length: 24 }, (_, n) => ({ id: `s${n}`, tries: ['slow'] as const }))
      project.plan([...steps, { id: 'last', after: steps.map(({ id }) => id) }])
      const processes = [1, 2].map(() => startUnder(['env'], project, 'up', '--listen', '127.0.0.1:0'))
      await expect.poll(() => project.tries().length, { timeout: 20_000, interval: 20 }).toBeGreaterThan(3)
      for (let n = 0; n < count(3, 5); n += 1) {
        await postgres.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'boomerang'`,
        )
        await new Promise(resolve => setTimeout(resolve, 200))
      }
      expect(await withStore(address, async store => (await newestNight(store))?.state)).toBe('running')
      const forgotten = setInterval(() => void leasesRunOut(address, 5_000).catch(() => undefined), 1_000)
      await night('done').finally(() => clearInterval(forgotten))
      await Promise.all(processes.map(child => stopped(child)))
      expect(Object.values(await project.effects())).toEqual(Array(25).fill(1))
      expect(await breachesIn(project, address)).toEqual([])
    })

    describe.skipIf(noFaketime !== undefined)(noFaketime ?? 'of which one', () => {
      test.each(['+1d', '-60s', '+60s', '-1d'].slice(0, count(2, 4)))(
        'has a clock that is wrong by %s takes no step from the other, and does its own',
        async wrong => {
          project.plan([
            { id: 'a', tries: ['stubborn'] },
            { id: 'b' },
            { id: 'c', after: ['b'] },
            { id: 'd', after: ['a', 'c'] },
          ])
          const right = startUnder(['env'], project, 'up', '--listen', '127.0.0.1:0')
          await fileIn(project, 'waiting')
          const other = startUnder(['env', `LD_PRELOAD=${faked}`, `FAKETIME=${wrong}`], project, 'worker')
          const until = async (ids: readonly string[]): Promise<void> =>
            expect.poll(() => [...new Set(project.tries())].toSorted(), { timeout: 30_000 }).toEqual(ids)
          await until(['a', 'b', 'c'])
          await new Promise(resolve => setTimeout(resolve, 2_500))
          go(project)
          await night('done')
          await Promise.all([right, other].map(child => stopped(child)))
          expect(project.tries().toSorted()).toEqual(['a', 'b', 'c', 'd'])
          expect(Object.values(await project.effects())).toEqual([1, 1, 1, 1])
          expect(await breachesIn(project, address)).toEqual([])
        },
      )
    })
  },
)
