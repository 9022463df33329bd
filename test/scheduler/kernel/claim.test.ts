import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claim, heartbeat, leaseMs, release } from '../../../scheduler/kernel/claim.ts'
import { claimableSteps } from '../../../scheduler/kernel/claimable.ts'
import { thisProcess } from '../../../scheduler/kernel/holder.ts'
import { crashesAllowed } from '../../../scheduler/kernel/retry.ts'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { finish } from '../../../scheduler/kernel/settle.ts'
import { claimed, deadHolder, farHolder, overEveryStore, type Place, runState, statesOf, step } from '../fixture.ts'

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const plan = (...steps: readonly ReturnType<typeof step>[]) =>
    createRun(place.state, { run: 'r', slot: '2026-06-30T02:00:00.000000Z', steps }, 0)
  const tryClaim = (id: string, now: number, holder = thisProcess()) =>
    claim(place.state, { run: 'r', step: id }, { holder, now })

  test('many processes that claim at once share the steps, and none is done twice', async () => {
    await plan(
      ...Array.from({ length: 60 }, (_, n) => step(`s${n}`, { after: n < 20 ? [] : [`s${n - 20}`, `s${n % 20}`] })),
    )
    const claimer = join(import.meta.dirname, 'claimer.ts')
    const printed = await Promise.all(
      Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [claimer, place.address, 'r'])),
    )
    const lines = printed.flatMap(({ stdout }) =>
      stdout
        .trim()
        .split('\n')
        .filter(line => line !== ''),
    )
    expect(lines.map(line => line.split(' ')[0]).sort()).toEqual(Array.from({ length: 60 }, (_, n) => `s${n}`).sort())
    expect(new Set(lines.map(line => line.split(' ')[1])).size).toBe(60)
    expect(await runState(place.state)).toBe('done')
  })

  test('a step that is claimed cannot be claimed again while its holder lives and its lease holds', async () => {
    await plan(step('a'))
    await claimed(place.state, 'a', { now: 1_000 })
    expect(await tryClaim('a', 1_000 + leaseMs)).toBeUndefined()
  })

  test('a step whose lease ran out is taken over under a higher token, and the crash is counted', async () => {
    await plan(step('a'))
    const first = await claimed(place.state, 'a', { holder: farHolder })
    const second = await tryClaim('a', leaseMs + 1)
    expect(second).toMatchObject({ attempt: 2, crashes: 1 })
    expect(second?.token).toBeGreaterThan(first.token)
  })

  test('a step whose process is dead is taken over at once', async () => {
    await plan(step('a'))
    await claimed(place.state, 'a', { holder: deadHolder })
    expect(await tryClaim('a', 1)).toMatchObject({ attempt: 2, crashes: 1 })
  })

  test('a step whose pid was given to another process is taken over at once', async () => {
    await plan(step('a'))
    await claimed(place.state, 'a', { holder: { ...thisProcess(), started: 'another boot 12' } })
    expect(await tryClaim('a', 1)).toMatchObject({ attempt: 2 })
  })

  test('a step of another machine is taken over only when its lease has run out', async () => {
    await plan(step('a'))
    await claimed(place.state, 'a', { holder: farHolder })
    expect(await tryClaim('a', leaseMs)).toBeUndefined()
  })

  test('a heartbeat prolongs the lease, and tells a zombie that it lost the step', async () => {
    await plan(step('a'))
    const zombie = await claimed(place.state, 'a', { holder: farHolder })
    expect(await heartbeat(place.state, zombie, 50_000)).toBe(true)
    expect(await tryClaim('a', 50_000 + leaseMs)).toBeUndefined()
    expect(await tryClaim('a', 50_001 + leaseMs)).toBeDefined()
    expect(await heartbeat(place.state, zombie, 50_002 + leaseMs)).toBe(false)
  })

  test.each([
    ['pool', { pool: 'north' }],
    ['relation', { writes: ['raw.line'] }],
  ])('a lease that ran out is not prolonged once another holds its %s; the other’s is', async (_, shared) => {
    await plan(step('a', shared), step('b', shared))
    const late = await claimed(place.state, 'a', { holder: farHolder })
    const now = leaseMs + 1
    const other = await claimed(place.state, 'b', { now, holder: farHolder })
    expect(await heartbeat(place.state, late, now)).toBe(false)
    expect(await heartbeat(place.state, other, now)).toBe(true)
    expect(await heartbeat(place.state, late, 2 * leaseMs + 10), 'the other is silent, too').toBe(true)
  })

  test('a pool has one holder, and frees itself when the holder is done', async () => {
    await plan(step('a', { pool: 'shop north' }), step('b', { pool: 'shop north' }), step('c', { pool: 'shop south' }))
    const a = await claimed(place.state, 'a')
    expect(await tryClaim('b', 1)).toBeUndefined()
    expect(await tryClaim('c', 1)).toBeDefined()
    await finish(place.state, a, { counts: {} }, 2)
    expect(await tryClaim('b', 3)).toBeDefined()
  })

  test('a relation has one writer, also over two runs', async () => {
    await plan(step('a', { writes: ['raw.order', 'raw.line'] }))
    await createRun(
      place.state,
      { run: 's', slot: '2026-07-01T02:00:00.000000Z', steps: [step('a', { writes: ['raw.line'] })] },
      0,
    )
    await claimed(place.state, 'a')
    expect(await claim(place.state, { run: 's', step: 'a' }, { holder: thisProcess(), now: 1 })).toBeUndefined()
  })

  test('a step under which the process died too often fails, and what waits for it is blocked', async () => {
    await plan(step('a'), step('b', { after: ['a'] }), step('c'))
    for (let n = 0; n < crashesAllowed; n += 1) await claimed(place.state, 'a', { holder: deadHolder })
    expect(await tryClaim('a', 1)).toBeUndefined()
    expect(await statesOf(place.state)).toEqual({ a: 'failed', b: 'blocked', c: 'ready' })
    const row = await place.state.read.selectFrom('step').select('fault').where('id', '=', 'a').executeTakeFirst()
    expect(row?.fault).toContain(`the process died ${crashesAllowed} times while it did this step`)
  })

  test('a step that is given back is ready at once and has not been tried', async () => {
    await plan(step('a'))
    await release(place.state, await claimed(place.state, 'a'), 5)
    expect(await tryClaim('a', 5)).toMatchObject({ attempt: 1, crashes: 0 })
  })

  test('a zombie cannot give back what another holds', async () => {
    await plan(step('a'))
    const zombie = await claimed(place.state, 'a', { holder: deadHolder })
    await claimed(place.state, 'a', { now: 1 })
    await release(place.state, zombie, 2)
    expect(await statesOf(place.state)).toEqual({ a: 'running' })
  })

  test('the gravest steps are offered first, then in the order of the plan', async () => {
    await plan(
      step('model', { risk: 'analytical' }),
      step('stock', { risk: 'operational' }),
      step('refunds', { risk: 'financial' }),
      step('orders', { risk: 'financial' }),
    )
    expect((await claimableSteps(place.state, { run: 'r', now: 0 })).wakes.map(each => each.step)).toEqual([
      'refunds',
      'orders',
      'stock',
      'model',
    ])
  })
})
