import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { crashesAllowed } from '../../scheduler/kernel/retry.ts'
import { createRun } from '../../scheduler/kernel/run.ts'
import { closedEnds } from '../../scheduler/planner/plan-night.ts'
import { count } from '../chaos/counts.ts'
import { step } from './fixture.ts'
import type { ToyStep } from './toy/catalogue.ts'
import { type ToyProject, toyProject, toySettings } from './toy/project.ts'

let toy: ToyProject
beforeEach(() => {
  toy = toyProject()
})
afterEach(() => toy.remove())

const waiting = async (): Promise<void> => {
  while (!existsSync(join(toy.root, 'waiting'))) await new Promise(resolve => setTimeout(resolve, 20))
}

const chain: readonly ToyStep[] = [
  { id: 'a', pipeline: 'orders', counts: { in: 1_234, loaded: 1_230, rejected: 4 } },
  { id: 'b', after: ['a'] },
  { id: 'c', after: ['b'] },
]

describe('a night', { timeout: 60_000 }, () => {
  test('is planned and done by the same list, once', async () => {
    toy.plan(chain)
    const planned = await toy.boomerang('plan')
    expect(
      planned.out
        .split('\n')
        .slice(1, 4)
        .map(line => line.trim().split(' ')[0]),
    ).toEqual(['a', 'b', 'c'])
    expect(existsSync(join(toy.root, 'starts.log'))).toBe(false)
    const ran = await toy.boomerang('run')
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain('start   a\nok      a  in 1,234, loaded 1,230, rejected 4')
    expect(ran.out).toMatch(/next {6}boomerang rejects /)
    expect(toy.tries()).toEqual(['a', 'b', 'c'])
    expect(await toy.effects()).toEqual({ a: 1, b: 1, c: 1 })
  })

  test('that is done is said to be done, with the time of the next', async () => {
    toy.plan(chain)
    await toy.boomerang('run')
    const again = await toy.boomerang('run')
    expect(again).toMatchObject({
      code: 0,
      out: 'The night of 2026-06-30 02:00Z is done, nothing to do; the next night ends at 2026-07-01 02:00Z.\n',
    })
    expect(toy.tries()).toHaveLength(3)
  })

  test('that failed is gone on with: what is done stays done', async () => {
    toy.plan([
      { id: 'a' },
      { id: 'b', after: ['a'], tries: ['fail'] },
      { id: 'c', after: ['b'] },
      { id: 'x', after: ['a'] },
    ])
    const failed = await toy.boomerang('run')
    expect(failed.code).toBe(1)
    expect(failed.out).toContain('failed  b: the toy broke (b)\n        Mend the toy.\n')
    expect(failed.out).toMatch(
      /blocked {3}1 step, waiting for what failed\n {2}next {6}boomerang retry 2026-06-30-\w{8} /,
    )
    expect((await toy.boomerang('status')).out).toMatch(
      /\nnext {9}boomerang retry 2026-06-30-\w{8} {4}\(goes on from what failed/,
    )
    expect((await toy.boomerang('run')).code).toBe(0)
    expect([...toy.tries()].sort()).toEqual(['a', 'b', 'b', 'c', 'x'])
  })

  test('whose project was changed since is planned anew, so that a correction is tried and what was taken away is left', async () => {
    toy.plan([{ id: 'a' }, { id: 'broken', after: ['a'], tries: ['fail'] }])
    expect((await toy.boomerang('run')).code).toBe(1)
    toy.plan([{ id: 'a' }, { id: 'mended', after: ['a'] }])
    const again = await toy.boomerang('run')
    expect(again.out).toContain('planned anew: the project has changed')
    expect(again.code).toBe(0)
    expect(toy.tries().at(-1)).toBe('mended')
  })

  test('that is never finished is superseded by the next, whose interval begins at the last closed end', async () => {
    toy.plan(chain)
    await toy.boomerang('run')
    toy.plan([{ id: 'a', pipeline: 'orders', tries: ['ok', 'fail'] }])
    toy.now('2026-07-01T03:00:00Z')
    expect((await toy.boomerang('run')).code).toBe(1)
    toy.now('2026-07-02T03:00:00Z')
    expect((await toy.boomerang('plan')).out).toContain('2026-06-30 02:00Z to 2026-07-02 02:00Z')
    expect((await toy.boomerang('run')).code).toBe(0)
    const ends = await toy.withState(closedEnds)
    expect(ends).toEqual(new Map([['orders north', '2026-07-02T02:00:00.000000Z']]))
    const listed = await toy.boomerang('runs')
    expect(listed.out.match(/superseded|done /g)).toEqual(['done ', 'superseded', 'done '])
  })

  test('is not begun when the clock has gone back behind the last one', async () => {
    toy.plan(chain)
    await toy.boomerang('run')
    toy.now('2026-06-20T03:00:00Z')
    const ended = await toy.boomerang('run')
    expect(ended.code).toBe(1)
    expect(ended.err).toContain('the clock went back')
  })
})

describe('a process that is killed', { timeout: 120_000 }, () => {
  test('in the middle of steps leaves each effect once after the next runs, and takes them over at once', async () => {
    toy.plan([
      { id: 'a', tries: ['die'], pipeline: 'orders' },
      { id: 'b', after: ['a'], tries: ['die', 'die'] },
      { id: 'c', after: ['a'] },
      { id: 'd', after: ['b', 'c'] },
    ])
    const codes = []
    for (let n = 0; n < 4; n += 1) codes.push((await toy.apart('run')).signal)
    expect(codes).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL', null])
    expect(await toy.effects()).toEqual({ a: 1, b: 1, c: 1, d: 1 })
    const { out } = await toy.boomerang('runs')
    expect(out).toContain('done')
  })

  test('at any moment leaves each effect once', async () => {
    const steps = Array.from({ length: 12 }, (_, n) => ({
      id: `s${n}`,
      after: n < 3 ? [] : [`s${n - 3}`, `s${n - 2}`],
    }))
    toy.plan(steps)
    const most = count(4, 8)
    let kills = 0
    for (let code: number | null = null; code !== 0; ) {
      const { child, ended } = toy.start('run')
      if (kills < most) setTimeout(() => child.kill('SIGKILL'), 350 + (360 / most) * kills)
      const end = await ended
      if (end.signal === 'SIGKILL') kills += 1
      else expect(end).toMatchObject({ code: 0, err: '' })
      code = end.code
    }
    expect(kills).toBeGreaterThan(2)
    expect(await toy.effects()).toEqual(Object.fromEntries(steps.map(({ id }) => [id, 1])))
  })

  test('by the same step again and again: the step is given up, other branches finish', async () => {
    toy.plan([
      { id: 'poison', tries: Array.from({ length: 99 }, () => 'die' as const) },
      { id: 'other', after: [] },
    ])
    expect([(await toy.apart('run')).signal, (await toy.apart('run')).signal]).toEqual(['SIGKILL', 'SIGKILL'])
    const poison = await toy.withState(({ read }) =>
      read.selectFrom('step').select('crashes').where('id', '=', 'poison').executeTakeFirstOrThrow(),
    )
    expect(poison.crashes).toBe(1)
    await toy.withState(state =>
      state.write(tables =>
        tables
          .updateTable('step')
          .set({ crashes: crashesAllowed - 1 })
          .where('id', '=', 'poison')
          .execute(),
      ),
    )
    const last = await toy.apart('run')
    expect(last.code).toBe(1)
    expect(last.out).toContain(`the process died ${crashesAllowed} times while it did this step`)
    expect(await toy.effects()).toEqual({ other: 1 })
  })
})

describe('a process that is asked to stop', { timeout: 60_000 }, () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s gives its steps back, says how to go on, and ends with 130',
    async signal => {
      toy.plan([
        { id: 'a', tries: ['wait'] },
        { id: 'b', after: ['a'] },
      ])
      const { child, ended } = toy.start('run')
      await waiting()
      child.kill(signal)
      const end = await ended
      expect(end.code).toBe(130)
      expect(end.out).toContain(
        'left    a: given back undone\nInterrupted. `boomerang run` goes on where it stopped.\n',
      )
      expect((await toy.boomerang('run')).code).toBe(0)
      expect(await toy.effects()).toEqual({ a: 1, b: 1 })
    },
  )
})

describe('the exit code says', { timeout: 60_000 }, () => {
  test('3 when a guard stopped the night', async () => {
    toy.plan([{ id: 'a', tries: ['guard'] }])
    expect((await toy.boomerang('run')).code).toBe(3)
  })

  test.each([
    [['nonsense'], "error: unknown command 'nonsense'"],
    [['run', '--fast'], "error: unknown option '--fast'"],
    [['--environment', 'mars', 'status'], 'there is no environment mars; there are toy'],
    [['runs', 'r9'], 'there is no run r9'],
    [['rejects', '--limit', 'all'], '--limit takes a number from 1 to 9999, and got all'],
  ])('2 for %j', async (argv, words) => {
    const ended = await toy.boomerang(...argv)
    expect(ended.code).toBe(2)
    expect(ended.err).toContain(words)
    expect(ended.err).not.toContain('    at ')
  })

  test('2 for settings that are wrong, and names the setting', async () => {
    toy.config({ ...toySettings, shedule: {} })
    const ended = await toy.boomerang('status')
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toBe(
      [
        'shedule is not a setting; did you mean schedule? (allowed: schedule, variables, targets, connections, environments)',
        '  where  boomerang.config.ts',
        '  next   Correct the settings; nothing was done.',
        '  again  trying again does not help until this is mended',
        '',
      ].join('\n'),
    )
  })

  test('4 when another process still works on the night before, and names it', async () => {
    toy.plan([{ id: 'a', tries: ['wait'] }])
    const { child, ended } = toy.start('run')
    await waiting()
    toy.now('2026-07-01T03:00:00Z')
    const other = await toy.boomerang('run')
    expect(other.code).toBe(4)
    expect(other.err).toContain(`process ${child.pid} on `)
    expect(other.err).toContain('still works on the night of 2026-06-30T02:00Z, at "a"')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(130)
  })
})

describe('a person', { timeout: 60_000 }, () => {
  test('sees the exit codes and the commands in the help', async () => {
    const { code, out } = await toy.boomerang('--help')
    expect(code).toBe(0)
    for (const line of ['run [options]', 'doctor', '    3  a guard stopped it', '  130  interrupted'])
      expect(out).toContain(line)
  })

  test('sees a stack only with --debug', async () => {
    writeFileSync(join(toy.root, 'toy.json'), '{')
    const plain = await toy.boomerang('run')
    expect(plain.code).toBe(1)
    expect(plain.err).not.toContain('    at ')
    expect((await toy.boomerang('--debug', 'run')).err).toContain('    at ')
  })

  test('can read how far each pipeline is without the warehouse', async () => {
    toy.plan([...chain, { id: 'z', pipeline: 'stock', tries: ['fail'] }])
    await toy.boomerang('run')
    rmSync(join(toy.root, 'warehouse.duckdb'))
    toy.now('2026-07-01T04:30:00Z')
    const { code, out } = await toy.boomerang('status')
    expect(code).toBe(0)
    expect(out).toMatch(
      /environment {2}toy \(delivers\)\nlast run {5}2026-06-30-\w{8}, failed, ended .* \(steps: 3 done, 1 failed\)/,
    )
    expect(out).toContain('next night   ends at 2026-07-02 02:00Z')
    expect(out).toContain(
      'next         boomerang run    (the night of 2026-07-01 02:00Z is due, and answers for what is open)',
    )
    expect(out).toContain('north       orders    2026-06-30 02:00Z  1 d 2 h')
    expect(out).toContain('north       stock     nothing                     not loaded yet: up to 2026-06-30 02:00Z')
  })

  test('sees the steps of one run with their tries, times and faults', async () => {
    toy.plan([
      { id: 'a', tries: ['die'] },
      { id: 'b', after: ['a'], tries: ['fail'] },
      { id: 'c', after: ['b'] },
    ])
    await toy.apart('run')
    await toy.boomerang('run')
    const run = (await toy.boomerang('runs')).out.split('\n')[1]?.split(' ')[0] ?? ''
    const lines = (await toy.boomerang('runs', run)).out.trimEnd().split('\n')
    expect(lines.map(line => line.replace(/ +[\d.]+ s/, ''))).toEqual([
      expect.stringMatching(/^done +a +try 2$/),
      expect.stringMatching(/^failed +b +the toy broke$/),
      expect.stringMatching(/^blocked +c +waits for "b", which failed$/),
    ])
  })

  test('finds in the log of a run what every step did, and where an unforeseen error came from', async () => {
    toy.plan([{ id: 'a', tries: ['unforeseen'] }])
    await toy.boomerang('run')
    const run = (await toy.boomerang('runs')).out.split('\n')[1]?.split(' ')[0] ?? ''
    const lines = toy
      .log(run)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ event }) => event)).toEqual(['step started', 'step retrying', 'step started', 'step done'])
    expect(lines.map(({ run: of, step, attempt }) => [of, step, attempt])).toEqual([1, 1, 2, 2].map(n => [run, 'a', n]))
    expect(lines[1]).toMatchObject({
      step: 'a',
      fault: {
        what: 'nobody thought of this',
        stack: expect.arrayContaining([expect.stringContaining('catalogue.ts')]),
      },
    })
  })
})

test('a person sees why a step waits, ends a run, and goes on with it from what failed', {
  timeout: 60_000,
}, async () => {
  toy.plan([
    { id: 'a', tries: ['wait'] },
    { id: 'b', after: ['a'], tries: ['fail'] },
    { id: 'c', after: ['b'] },
  ])
  const { child, ended } = toy.start('run')
  await waiting()
  const why = (await toy.boomerang('status', '--why')).out
  expect(why).toMatch(new RegExp(`a +2026-06-30-\\w{8} +running +process ${child.pid} on \\S+ works on it for`))
  expect(why).toMatch(/b +\S+ +waiting +waits for a\n/)
  child.kill('SIGINT')
  await ended
  const run = (await toy.boomerang('runs')).out.split('\n')[1]?.split(' ')[0] ?? ''
  expect((await toy.boomerang('cancel', run)).out).toContain(`${run} is cancelled: 3 steps will not be done.`)
  expect((await toy.boomerang('status', '--why')).out).toContain('Nothing waits, nothing works, and nothing failed.')
  expect((await toy.boomerang('retry', run.slice(0, 10))).code).toBe(1)
  const again = await toy.boomerang('retry', run)
  expect([again.code, toy.tries()]).toEqual([0, ['a', 'a', 'b', 'b', 'c']])
  expect((await toy.boomerang('retry', run)).out).toContain('is done, nothing to do')
  const none = await toy.boomerang('retry', 'none')
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('there is no run none')])
})

test('a person pauses the schedule, is told so by whatever would begin a night, and resumes it', {
  timeout: 60_000,
}, async () => {
  toy.plan(chain)
  expect((await toy.boomerang('schedule', 'pause', '--why', 'the ERP moves')).out).toContain('the ERP moves')
  for (const verb of ['run', 'plan', 'status'])
    expect((await toy.boomerang(verb)).out).toMatch(/Paused since .*Z by .* on .*: the ERP moves/)
  expect(toy.tries()).toEqual([])
  const { child, ended } = toy.start('up')
  await new Promise(resolve => setTimeout(resolve, 1_500))
  child.kill('SIGTERM')
  await ended
  expect(toy.tries()).toEqual([])
  const list = (await toy.boomerang('schedule', 'list')).out
  expect(list).toContain('schedule   0 2 * * * (UTC), missed nights: latest')
  expect(list).toContain('next       2026-07-01 02:00Z, 2026-07-02 02:00Z')
  expect((await toy.boomerang('schedule', 'resume')).out).toContain('begun again')
  expect((await toy.boomerang('run')).code).toBe(0)
  expect(toy.tries()).toEqual(['a', 'b', 'c'])
})

test('runs of every kind fit into the lines of a terminal', { timeout: 60_000 }, async () => {
  toy.plan(chain)
  await toy.boomerang('run')
  const slots = {
    'stream-1': 'storefront.events north up to 2026-06-30T02:00:00.123456Z (stream-1)',
    'backfill-1':
      'storefront.order_transactions_of_the_past everywhere from 2026-06-10 to before 2026-06-12, newest first (backfill-1)',
  }
  await toy.withState(async state => {
    const began = Date.now() + 10_000
    await createRun(state, { run: 'stream-1', kind: 'stream', slot: slots['stream-1'], steps: [step('a')] }, began + 1)
    await createRun(
      state,
      { run: 'backfill-1', kind: 'backfill', slot: slots['backfill-1'], steps: [step('a')] },
      began,
    )
  })
  const lines = (await toy.boomerang('runs')).out.trimEnd().split('\n')
  expect(lines.map(line => line.length).filter(length => length > 120)).toEqual([])
  expect(lines[0]).toMatch(/^run +state +began +took +answers for$/)
  expect(lines[1]).toMatch(/^stream-1 +running +\S+ \S+ +storefront\.events north up to 2026-06-30T02:00:00\.123456Z$/)
  expect(lines[2]).toMatch(/ storefront\.order_transactions_of_the_past everywhere from .*…$/)
  expect(lines[3]).toMatch(/^2026-06-30-\w{8} +done +\S+ \S+ +\d+ s +the night of 2026-06-30 02:00Z$/)
})

test('a machine reads one event a line', { timeout: 60_000 }, async () => {
  toy.plan([{ id: 'a' }, { id: 'b', tries: ['fail'] }])
  const { out } = await toy.boomerang('run', '--json')
  const lines = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  expect(new Set(lines.map(({ what }) => what))).toEqual(
    new Set(['said', 'started', 'progress', 'done', 'failed', 'summary']),
  )
  expect(lines.find(({ what }) => what === 'failed')).toMatchObject({
    step: 'b',
    fault: { what: 'the toy broke', where: 'b', hint: 'Mend the toy.', retry: 'never' },
  })
  expect(lines.at(-1)).toMatchObject({
    what: 'summary',
    state: 'failed',
    failed: [{ step: 'b', what: 'the toy broke' }],
  })
})

test('a warehouse that was lost stops the night before it leaves anything out', { timeout: 60_000 }, async () => {
  toy.plan(chain)
  await toy.boomerang('run')
  rmSync(join(toy.root, 'warehouse.duckdb'))
  toy.now('2026-07-01T03:00:00Z')
  const ended = await toy.boomerang('run')
  expect(ended.code).toBe(2)
  expect(ended.err).toContain(
    'the warehouse lacks loads that the state store knows of: orders north up to 2026-06-30T02:00Z',
  )
  expect(toy.tries()).toHaveLength(3)
})
