import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { build } from '../../jobs/build.ts'
import type { Report } from '../../jobs/job.ts'
import type { Cells } from '../../models/warehouse/warehouse.ts'
import { faultOf } from '../suite/warehouse.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

const night = (n: number): string => `2026-06-0${n}T02:00:00.000000Z`

let room: TestRoom
beforeEach(async () => {
  room = await testRoom({ connections: [connection('north', { since: '2026-06-01T00:00:00.000000Z' })] })
  await room.opened.local.run(
    'create schema shop; create table shop.events (id integer, seen timestamptz, label varchar)',
  )
  await project({
    'shop/events.sql': header(
      'kind: external\ncolumns: { id: { type: INTEGER }, seen: { type: TIMESTAMPTZ }, label: { type: VARCHAR } }',
    ),
  })
})
afterEach(() => room.end())

async function project(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(room.folder, 'models', file)), { recursive: true })
    await writeFile(join(room.folder, 'models', file), text)
  }
}

const header = (yaml: string, sql = ''): string => `/* @model\ndoc: One row.\n${yaml}\n*/\n${sql}\n`
const incremental = (more = 'strategy: delete+insert', sql = events): string =>
  header(`kind: incremental\ntime: seen\n${more}`, sql)
const events = 'select id, seen, label from shop.events where seen >= $start and seen < $end'

const happened = (...rows: readonly (readonly [id: number, day: number, label?: string])[]): Promise<void> =>
  room.opened.local.run(
    `insert into shop.events values ${rows.map(([id, day, label = 'a']) => `(${id}, '2026-06-0${day} 12:00:00Z', '${label}')`).join(', ')}`,
  )

/** Builds a model as the nth night does. */
async function built(relation: string, n: number): Promise<Report> {
  const step = (await build.steps({ ...room, at: night(n), interval: () => undefined, before: [] })).find(
    ({ id }) => id === `build ${relation}`,
  )
  if (step === undefined) throw new Error(`there is no step of ${relation}`)
  room.token += 1
  return build.run(room, step)
}

const rows = async (relation: string): Promise<readonly unknown[]> =>
  (await room.opened.query({ sql: `select * from ${relation} order by 1` })).map(({ id }: Cells) => Number(id))

describe('an incremental model', () => {
  test('is built from the beginning first, then for what has passed since, and what came late only within its lookback', async () => {
    await project({ 'marts/seen.sql': incremental('strategy: delete+insert\nlookback: 1d\ngrain: day') })
    await happened([1, 1], [2, 2])
    expect((await built('marts.seen', 3)).counts).toEqual({ models: 1, rows: 2 })
    await happened([3, 3], [20, 2], [10, 1])
    expect((await built('marts.seen', 4)).counts).toEqual({ models: 1, rows: 4 })
    expect(await rows('marts.seen')).toEqual([1, 2, 3, 20])
    expect(await room.opened.query({ sql: 'select interval_from, interval_to from ops.intervals order by 1' })).toEqual(
      [
        { interval_from: '2026-06-01T00:00:00.000000Z', interval_to: night(3) },
        { interval_from: '2026-06-02T00:00:00.000000Z', interval_to: night(4) },
      ],
    )
  })

  test('builds the same night twice into the same rows', async () => {
    await project({ 'marts/seen.sql': incremental('strategy: append') })
    await happened([1, 1], [2, 2])
    for (const _ of [1, 2]) await built('marts.seen', 3)
    expect(await rows('marts.seen')).toEqual([1, 2])
  })

  test('whose audit finds a row leaves what stood and its interval open, and the next night does both', async () => {
    await project({ 'marts/seen.sql': incremental(`strategy: append\naudits: ["label <> 'bad'"]`) })
    await happened([1, 1])
    await built('marts.seen', 2)
    await happened([2, 2, 'bad'])
    const fault = await faultOf(built('marts.seen', 3))
    expect([fault.what, fault.where]).toEqual([expect.stringContaining("label <> 'bad'"), 'models/marts/seen.sql'])
    expect(await rows('marts.seen')).toEqual([1])
    await room.opened.local.run("update shop.events set label = 'good'")
    await happened([3, 3])
    await built('marts.seen', 4)
    expect(await rows('marts.seen')).toEqual([1, 2, 3])
  })

  test('is built anew where its query means something else, and only goes on where its header says forward', async () => {
    await project({
      'marts/seen.sql': incremental(),
      'marts/onward.sql': incremental('strategy: delete+insert\nlogic_change: forward'),
    })
    await happened([1, 1], [2, 2])
    for (const model of ['marts.seen', 'marts.onward']) await built(model, 3)
    await happened([3, 3])
    const twice = events.replace('id,', 'id * 10 as id,')
    await project({
      'marts/seen.sql': incremental(undefined, twice),
      'marts/onward.sql': incremental('strategy: delete+insert\nlogic_change: forward', twice),
    })
    for (const model of ['marts.seen', 'marts.onward']) await built(model, 4)
    expect([await rows('marts.seen'), await rows('marts.onward')]).toEqual([
      [10, 20, 30],
      [1, 2, 30],
    ])
  })

  test('of more than a million rows is not built anew until a person confirms how many they are', async () => {
    await project({ 'marts/seen.sql': incremental() })
    await happened([1, 1])
    await built('marts.seen', 2)
    await room.opened.local.run(`update ops.builds set rows = 1000001 where model = 'marts.seen'`)
    await project({ 'marts/seen.sql': incremental(undefined, `${events} and label is not null`) })
    const fault = await faultOf(built('marts.seen', 3))
    expect(fault).toMatchObject({ kind: 'guard', where: 'models/marts/seen.sql' })
    expect(fault.hint).toContain('boomerang model build marts.seen --full-refresh --rows 1000001')
  })
})

describe('a history', () => {
  test('keeps what a customer was, by the nights', async () => {
    await project({
      'marts/labels.sql': header('kind: scd2\nkey: [id]\ncompare: [label]', 'select id, label from shop.events'),
    })
    await happened([1, 1, 'bronze'])
    await built('marts.labels', 2)
    await room.opened.local.run("update shop.events set label = 'gold'")
    await built('marts.labels', 3)
    expect(
      await room.opened.query({ sql: 'select label, valid_from, valid_to from marts.labels order by valid_from' }),
    ).toEqual([
      { label: 'bronze', valid_from: night(2), valid_to: night(3) },
      { label: 'gold', valid_from: night(3), valid_to: null },
    ])
  })
})

describe('a seed', () => {
  test('is the CSV beside it: text, but where the header says a type; an empty cell is null', async () => {
    await project({
      'ref/vat.sql': header('kind: seed\ncolumns: { rate: { type: "DECIMAL(38,9)" } }'),
      'ref/vat.csv': 'country,rate,note\nDE,0.19,007\nDK,0.25,\n',
    })
    await built('ref.vat', 2)
    expect(await room.opened.query({ sql: 'select * from ref.vat order by country' })).toEqual([
      { country: 'DE', rate: '0.190000000', note: '007' },
      { country: 'DK', rate: '0.250000000', note: null },
    ])
  })
})

describe('a model that others build', () => {
  test('is looked at, and what it promises is asked of it', async () => {
    await happened([1, 1, 'bad'])
    expect((await built('shop.events', 2)).counts).toEqual({ models: 1, rows: 0 })
    await project({
      'shop/events.sql': header(`kind: external\ncolumns: { label: { type: VARCHAR, tests: [{ in: [a] }] } }`),
    })
    expect((await faultOf(built('shop.events', 3))).what).toContain('label is one of a')
  })

  test('that does not stand, or lacks a column, is waited for', async () => {
    await project({
      'shop/gone.sql': header('kind: external\ncolumns: { id: { type: INTEGER } }'),
      'shop/events.sql': header('kind: external\ncolumns: { colour: { type: VARCHAR } }'),
    })
    expect(await faultOf(built('shop.gone', 2))).toMatchObject({
      what: expect.stringContaining('does not stand'),
      retry: 'later',
    })
    expect((await faultOf(built('shop.events', 2))).what).toBe('shop.events has no column colour')
  })

  test('by dbt is waited for until dbt tells of a good run after the night', async () => {
    const external = 'kind: external\nrun_results: target/run_results.json\ncolumns: { id: { type: INTEGER } }'
    await project({ 'shop/events.sql': header(external) })
    const results = async (generated_at: string, status: string): Promise<void> => {
      await mkdir(join(room.folder, 'target'), { recursive: true })
      await writeFile(
        join(room.folder, 'target/run_results.json'),
        JSON.stringify({
          metadata: { generated_at },
          results: [{ unique_id: 'model.shop.events', status, message: 'it broke' }],
        }),
      )
    }
    expect(await faultOf(built('shop.events', 2))).toMatchObject({
      what: expect.stringContaining('there are none yet'),
      retry: 'later',
    })
    await results('2026-06-02T01:59:00Z', 'success')
    expect((await faultOf(built('shop.events', 2))).what).toContain('has not built events since')
    await results('2026-06-02T02:10:00Z', 'error')
    expect((await faultOf(built('shop.events', 2))).what).toContain('it broke')
    await results('2026-06-02T02:10:00Z', 'success')
    expect((await built('shop.events', 2)).counts.models).toBe(1)
  })
})
