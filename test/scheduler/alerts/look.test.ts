import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import type { FoundSummary } from '../../../jobs/job.ts'
import { gatherMs } from '../../../scheduler/alerts/failures.ts'
import { notePlanning } from '../../../scheduler/alerts/planning.ts'
import { cancelRun, createRun, reopen } from '../../../scheduler/kernel/run.ts'
import { pause, resume } from '../../../scheduler/planner/pause.ts'
import { migrations } from '../../../scheduler/state/migrations.ts'
import { overEveryStore, type Place, step } from '../fixture.ts'
import { checking, houseIn, slot, stepOf } from './house.ts'

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const over = (id: string) =>
    place.state.read.selectFrom('alert').select('closed_at').where('id', '=', id).executeTakeFirst()

  describe('steps that failed', () => {
    test('of one cause in one run are one alert, which names the first few and counts what waits behind them', async () => {
      const house = houseIn(place)
      const steps = Array.from({ length: 10 }, (_, n) => stepOf('extract', `orders${n}`, 'north'))
      const behind = steps.map((each, n) => step(`load ${n}`, { after: [each.id], risk: 'financial' }))
      const run = await house.night('30', [...steps, ...behind])
      for (const [n, { id }] of steps.entries())
        await house.failed(run, id, { what: `no answer for ${id} within ${n} seconds` })
      const [alert, ...more] = await house.look()
      expect(more).toEqual([])
      expect(alert?.trouble).toMatchObject({
        kind: 'failed',
        what: '10 steps failed: north: no answer for extract orders0 north within 0 seconds; north: no answer for extract orders1 north within 1 seconds; north: no answer for extract orders2 north within 2 seconds; and 7 more',
        where:
          'the night of 2026-06-30 02:00Z (night-30): extract orders0 north, extract orders1 north, extract orders2 north and 7 more',
        counts: { failed: 10, blocked: 10 },
        next: 'npx boomerang retry night-30',
      })
    })

    test('are of one cause where their words differ by nothing but the step itself', async () => {
      const house = houseIn(place)
      const run = await house.night('30', [step('alpha'), step('beta')])
      for (const id of ['alpha', 'beta']) await house.failed(run, id, { what: `${id} is broken` })
      expect(await house.look()).toHaveLength(1)
    })

    test('of one kind that struck connections for different reasons name each reason, whom it struck, and what to do', async () => {
      const house = houseIn(place)
      const steps = ['north', 'south'].flatMap(connection =>
        ['orders', 'stock'].map(pipeline => stepOf('extract', pipeline, connection)),
      )
      const run = await house.night('30', steps)
      for (const { id } of steps)
        await house.failed(
          run,
          id,
          id.endsWith('north')
            ? { what: 'the shop answered 401', hint: 'Correct the token.' }
            : { what: 'the shop answered 503', hint: 'Wait.' },
        )
      const [alert, ...more] = await house.look()
      expect(more).toEqual([])
      expect(alert?.trouble).toMatchObject({
        what: '4 steps failed: north: the shop answered 401; south: the shop answered 503',
        hint: 'It is not tried again by itself. Correct the token. Wait.',
      })
    })

    test('for one reason name no single connection for all of them', async () => {
      const house = houseIn(place)
      const steps = ['north', 'south'].map(connection => stepOf('extract', 'orders', connection))
      const run = await house.night('30', steps)
      for (const [n, { id }] of steps.entries())
        await house.failed(run, id, { what: `no answer from ${['north', 'south'][n]}` })
      expect((await house.look())[0]?.trouble.what).toBe('2 steps failed: no answer from …')
    })

    test('of two causes, or of two owners, are two alerts, each of the gravest risk that it has', async () => {
      const house = houseIn(place, { owners: { south: 'finance' } })
      const a = stepOf('extract', 'orders', 'north')
      const b = stepOf('extract', 'orders', 'south', { risk: 'financial' })
      const c = stepOf('extract', 'stock', 'north', { risk: 'analytical' })
      const run = await house.night('30', [a, b, c])
      await house.failed(run, a.id)
      await house.failed(run, b.id)
      await house.failed(run, c.id, { what: 'another thing' })
      const alerts = await house.look()
      expect(alerts.map(({ trouble: { risk, owner, failures } }) => [risk, owner, failures[0]?.step])).toEqual([
        ['financial', 'finance', b.id],
        ['operational', undefined, a.id],
        ['analytical', undefined, c.id],
      ])
    })

    test('are remembered once, however many look at the same time and however often', async () => {
      const house = houseIn(place)
      const run = await house.night('30', [step('a')])
      await house.failed(run, 'a')
      await Promise.all(Array.from({ length: 8 }, () => house.look()))
      await house.look()
      expect(await place.state.read.selectFrom('alert').select('id').execute()).toHaveLength(1)
    })

    test('are waited for while the run works and may add others, but not for long', async () => {
      const house = houseIn(place)
      const run = await house.night('30', [step('a'), step('b')])
      await house.failed(run, 'a')
      expect(await house.look()).toEqual([])
      await place.state.write(tables =>
        tables
          .updateTable('step')
          .set({ ended_at: Date.now() - gatherMs })
          .where('id', '=', 'a')
          .execute(),
      )
      expect(await house.look()).toHaveLength(1)
    })

    test('and are retried are not over before they are done', async () => {
      const house = houseIn(place)
      const run = await house.night('30', [step('a')])
      await house.failed(run, 'a')
      const [alert] = await house.look()
      await reopen(place.state, run, Date.now())
      expect(await house.look()).toHaveLength(1)
      await house.failed(run, 'a', { what: 'it broke otherwise' })
      expect((await house.look()).map(({ id }) => id)).toContain(alert?.id)
      await reopen(place.state, run, Date.now())
      await house.done(run, 'a')
      expect(await house.look()).toEqual([])
      expect((await over(alert?.id ?? ''))?.closed_at).not.toBeNull()
    })

    test('are the same trouble when the next night fails in the same way, and over when a later one has done them', async () => {
      const house = houseIn(place)
      const steps = [step('a'), step('b')]
      const first = await house.night('28', steps)
      await house.failed(first, 'a')
      await house.done(first, 'b')
      const [alert] = await house.look()
      const second = await house.night('29', steps)
      expect(await house.look()).toHaveLength(1)
      await house.failed(second, 'a')
      await house.done(second, 'b')
      expect((await house.look()).map(({ id, trouble }) => [id, trouble.failures])).toEqual([
        [alert?.id, [{ run: second, step: 'a' }]],
      ])
      const third = await house.night('30', steps)
      await house.failed(third, 'b', { what: 'another thing' })
      expect(await house.look()).toHaveLength(1)
      await house.done(third, 'a')
      expect((await house.look()).map(({ trouble }) => trouble.failures[0]?.step)).toEqual(['b'])
    })

    test('of a night that was cancelled stay until a later night is done', async () => {
      const house = houseIn(place)
      const run = await house.night('29', [step('a')])
      await house.failed(run, 'a')
      await house.look()
      await cancelRun(place.state, run, Date.now())
      expect(await house.look()).toHaveLength(1)
      await house.done(await house.night('30', [step('a')]), 'a')
      expect(await house.look()).toEqual([])
    })

    test('of a replay are over when it is retried, and not before, and when it is cancelled', async () => {
      const house = houseIn(place)
      const replay = async (run: string) => {
        await createRun(place.state, { run, kind: 'replay', slot: run, steps: [step('a'), step('b')] }, Date.now())
        await house.failed(run, 'a')
        await house.done(run, 'b')
      }
      await replay('one')
      await replay('two')
      expect((await house.look()).map(({ trouble }) => trouble.next).toSorted()).toEqual([
        'npx boomerang retry one',
        'npx boomerang retry two',
      ])
      await reopen(place.state, 'one', Date.now())
      expect(await house.look()).toHaveLength(2)
      await house.done('one', 'a')
      expect((await house.look()).map(({ trouble }) => trouble.next)).toEqual(['npx boomerang retry two'])
      await cancelRun(place.state, 'two', Date.now())
      expect(await house.look()).toEqual([])
    })

    test('by a reject limit say with which command the rejects are listed', async () => {
      const house = houseIn(place)
      const load = stepOf('load', 'storefront.orders', 'north', { risk: 'financial' })
      const run = await house.night('30', [load])
      await house.failed(run, load.id, {
        kind: 'guard',
        where: 'storefront.order',
        what: '90 of 100 records were rejected',
      })
      expect((await house.look())[0]?.trouble).toMatchObject({
        kind: 'guard',
        risk: 'financial',
        what: 'load storefront.orders north stopped by a guard: 90 of 100 records were rejected',
        next: 'npx boomerang rejects --contract storefront.order --connection north',
      })
    })

    test('by a guard on several connections tell what it found on each, and list the rejects of all', async () => {
      const house = houseIn(place)
      const loads = ['north', 'south'].map(connection => stepOf('load', 'storefront.orders', connection))
      const run = await house.night('30', loads)
      for (const [n, { id }] of loads.entries())
        await house.failed(run, id, {
          kind: 'guard',
          where: 'storefront.order',
          what: `${90 + n} of 100 records were rejected`,
        })
      expect((await house.look()).map(({ trouble: { what, next } }) => [what, next])).toEqual([
        [
          '2 steps stopped by a guard: north: 90 of 100 records were rejected; south: 91 of 100 records were rejected',
          'npx boomerang rejects --contract storefront.order',
        ],
      ])
    })

    test('by an audit are the same trouble when it finds another record the next night', async () => {
      const house = houseIn(place)
      const build = step('build marts.orders', { job: 'build' })
      const found = async (day: string, what: string) =>
        house.failed(await house.night(day, [build]), build.id, {
          kind: 'guard',
          where: 'models/marts/orders.sql',
          what,
        })
      await found('29', 'an audit found rows: total is not null: order_id anna')
      const [alert] = await house.look()
      await found('30', 'an audit found rows: total is not null: order_id bert')
      expect((await house.look()).map(({ id, trouble }) => [id, trouble.what])).toEqual([
        [alert?.id, 'build marts.orders stopped by a guard: an audit found rows: total is not null: order_id bert'],
      ])
    })

    test('name one command: a retry while their night is the one that is due, and then the night that answers for it', async () => {
      const house = houseIn(place)
      const a = step('a')
      const nextAt = async (now: string) => (await house.look(now))[0]?.trouble.next
      const first = await house.night('29', [a])
      await house.failed(first, 'a')
      expect(await nextAt('2026-06-29T03:00:00Z')).toBe('npx boomerang retry night-29')
      expect(await nextAt('2026-06-30T02:00:00Z')).toBe('npx boomerang run')
      await pause(place.state, '')
      expect(await nextAt('2026-06-30T02:00:00Z')).toBe('npx boomerang retry night-29')
      await resume(place.state)
      const second = await house.night('30', [step('b'), { ...a, after: ['b'] }])
      expect(await nextAt('2026-06-30T03:00:00Z')).toBe('npx boomerang run')
      await house.failed(second, 'b', { what: 'another thing' })
      expect((await house.look()).map(({ trouble }) => trouble.next)).toEqual([
        'npx boomerang retry night-30',
        'npx boomerang retry night-30',
      ])
    })
  })

  describe('findings', () => {
    const found = (count: number, atRisk = '12.50'): FoundSummary => ({
      check: 'invoices',
      kind: 'missing_in_erp',
      connection: 'north',
      count,
      atRisk: { EUR: atRisk },
    })
    const invoices = checking('invoices', 'north')

    test('are told with the money at risk, stay while a later check fails, and are over when none are left', async () => {
      const house = houseIn(place)
      const night = async (day: string, findings: readonly FoundSummary[]) =>
        house.done(await house.night(day, [invoices]), invoices.id, { counts: { fresh: 1 }, findings })
      await night('27', [found(3), { ...found(1, '0.50'), kind: 'amount_differs' }])
      const [alert, ...more] = await house.look()
      expect(more).toEqual([])
      expect(alert?.trouble).toMatchObject({
        kind: 'findings',
        risk: 'financial',
        what: 'invoices on north found 3 missing_in_erp, 1 amount_differs',
        counts: { findings: 4, new: 1 },
        atRisk: { EUR: '13' },
        next: 'npx boomerang findings --check invoices --connection north',
      })
      await house.failed(await house.night('28', [invoices]), invoices.id)
      expect((await house.look()).map(({ trouble }) => trouble.kind).toSorted()).toEqual(['failed', 'findings'])
      await night('29', [found(2)])
      expect((await house.look()).map(({ id, trouble }) => [id, trouble.counts.findings])).toEqual([[alert?.id, 2]])
      await night('30', [found(0)])
      expect(await house.look()).toEqual([])
    })
  })

  test('a check whose name has spaces is named as a shell takes it', async () => {
    const house = houseIn(place)
    const volume = checking('volume of orders', 'north')
    const findings = [{ check: 'volume of orders', kind: 'drop', connection: 'north', count: 1, atRisk: {} }]
    await house.done(await house.night('30', [volume]), volume.id, { counts: {}, findings })
    expect((await house.look())[0]?.trouble.next).toBe(
      "npx boomerang findings --check 'volume of orders' --connection north",
    )
  })

  describe('pipelines that are late', () => {
    const closed = (pipeline: string, connection: string, from: string, to: string) =>
      place.state.write(tables =>
        tables
          .insertInto('interval')
          .values({ pipeline, connection, from_at: from, to_at: to, state: 'closed', run: '' })
          .execute(),
      )
    const since = '2026-06-01T00:00:00.000000Z'

    test('since the same moment are one alert for each owner, and over when the last of them is closed', async () => {
      const objects = [{ name: 'orders' }, { name: 'stock' }]
      const house = houseIn(place, { objects, owners: { south: 'finance' } })
      for (const connection of ['north', 'south'])
        for (const { name } of objects) await closed(name, connection, since, slot('29'))
      expect(await house.look('2026-06-30T05:59:00Z')).toEqual([])
      const alerts = await house.look('2026-06-30T06:00:00Z')
      expect(
        alerts.map(({ trouble: { what, where, since: at, owner } }) => [owner, what, where, at]).toSorted(),
      ).toEqual(
        [
          [undefined, '2 pipelines late: closed up to 2026-06-29 02:00Z', 'orders north, stock north', slot('30')],
          ['finance', '2 pipelines late: closed up to 2026-06-29 02:00Z', 'orders south, stock south', slot('30')],
        ].toSorted(),
      )
      for (const { name } of objects) await closed(name, 'north', slot('29'), slot('30'))
      await closed('orders', 'south', slot('29'), slot('30'))
      expect((await house.look('2026-06-30T06:00:00Z')).map(({ trouble }) => trouble.where)).toEqual(['stock south'])
      await closed('stock', 'south', slot('29'), slot('30'))
      expect(await house.look('2026-06-30T06:00:00Z')).toEqual([])
    })

    test('are not those whose first night still has its time, and from then on they are', async () => {
      const house = houseIn(place, { objects: [{ name: 'orders' }] })
      const args = { pipeline: 'orders', connection: 'north', interval: { from: since, to: slot('30') }, closes: true }
      await house.night('30', [step('load orders north', { args })])
      expect(await house.look('2026-06-30T05:00:00Z')).toEqual([])
      expect((await house.look('2026-06-30T06:00:00Z')).map(({ trouble }) => [trouble.kind, trouble.where])).toEqual([
        ['late', 'orders north'],
      ])
    })

    test('are not those whose streams were forgotten by an older version', async () => {
      const house = houseIn(place, { objects: [{ name: 'events' }] })
      await closed('events', 'north', since, slot('10'))
      await place.state.write(tables =>
        tables
          .insertInto('interval')
          .values({
            pipeline: 'events',
            connection: 'north',
            from_at: slot('29'),
            to_at: slot('30'),
            state: 'closed',
            run: 'stream-1',
          })
          .execute(),
      )
      expect(await house.look('2026-06-30T06:00:00Z')).toHaveLength(1)
      const mends = migrations.flat().filter(statement => statement.startsWith('update interval'))
      await place.state.write(async tables => {
        for (const statement of mends) await sql.raw(statement).execute(tables)
      })
      expect(await house.look('2026-06-30T06:00:00Z')).toEqual([])
    })

    test('do not turn green by a later interval: the gap is named', async () => {
      const house = houseIn(place, { objects: [{ name: 'orders' }] })
      await closed('orders', 'north', since, slot('10'))
      await closed('orders', 'north', slot('12'), slot('30'))
      expect((await house.look('2026-06-30T06:00:00Z')).map(({ trouble }) => trouble.what)).toEqual([
        '1 pipeline late: closed up to 2026-06-10 02:00Z, and from 2026-06-12 02:00Z on again: what lies between is missing',
      ])
    })
  })

  describe('a stream', () => {
    const batch = async (n: number, as: 'done' | 'failed') => {
      const load = stepOf('load', 'storefront.events', 'north')
      const run = `stream-${n}`
      await createRun(place.state, { run, kind: 'stream', slot: `batch ${n}`, steps: [load] }, Date.now() + n)
      const house = houseIn(place)
      await (as === 'done' ? house.done(run, load.id) : house.failed(run, load.id))
    }

    test('whose batches fail one after another is told, and is over with the first that is loaded', async () => {
      const house = houseIn(place)
      await batch(1, 'done')
      await batch(2, 'failed')
      await batch(3, 'failed')
      expect(await house.look()).toEqual([])
      await batch(4, 'failed')
      expect((await house.look()).map(({ trouble }) => [trouble.what, trouble.next])).toEqual([
        ['events of north are not loaded: the shop is closed', 'npx boomerang runs stream-4'],
      ])
      await batch(5, 'done')
      expect(await house.look()).toEqual([])
    })
  })

  describe('a planner', () => {
    const broken = new Fault({ what: 'a model is wrong', where: 'models/x.sql', hint: 'Mend it.', retry: 'never' })
    const earlier = (ms: number) =>
      place.state.write(async tables => {
        const { value } = await tables
          .selectFrom('meta')
          .select('value')
          .where('key', '=', 'planner')
          .executeTakeFirstOrThrow()
        const kept = JSON.parse(value)
        const fault = kept.fault && { ...kept.fault, since: kept.fault.since - ms }
        const moved = JSON.stringify({ ...kept, at: kept.at - ms, ...(fault ? { fault } : {}) })
        await tables.updateTable('meta').set({ value: moved }).where('key', '=', 'planner').execute()
      })

    test('that ticks and cannot plan is told when it has tried for a minute, and is over when it can', async () => {
      const house = houseIn(place)
      await notePlanning(place.state, { ticks: true, fault: broken })
      expect(await house.look()).toEqual([])
      await earlier(60_000)
      await notePlanning(place.state, { ticks: true, fault: broken })
      expect((await house.look())[0]?.trouble).toMatchObject({
        kind: 'planner',
        risk: 'financial',
        what: 'no night can be planned: a model is wrong',
        next: 'npx boomerang plan',
      })
      await notePlanning(place.state, { ticks: true })
      expect(await house.look()).toEqual([])
    })

    test('that is silent for five minutes is told, and a command that plans once is not', async () => {
      const house = houseIn(place)
      await notePlanning(place.state, { ticks: true })
      await earlier(5 * 60_000)
      expect((await house.look())[0]?.trouble.next).toBe('npx boomerang up')
      await notePlanning(place.state, { ticks: false })
      await earlier(5 * 60_000)
      expect(await house.look()).toEqual([])
    })

    test('of a command that cannot plan is told at once', async () => {
      const house = houseIn(place)
      await notePlanning(place.state, { ticks: false, fault: broken })
      expect(await house.look()).toHaveLength(1)
    })
  })
})
