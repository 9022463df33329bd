import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import { type Sandbox, startSandbox } from '../sandbox/command.ts'
import { type Bucket, serveBucket } from '../sandbox/s3.ts'
import { openState } from '../scheduler/state/open.ts'
import { noPostgres, type Postgres, sharedPostgres } from './postgres.ts'
import { boomerang, oneBrand, settle } from './project.ts'

const keys = { accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'a night in jobs that end', () => {
  let folder: string
  let postgres: Postgres
  let bucket: Bucket
  let sandbox: Sandbox
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'one-shot-'))
    postgres = await sharedPostgres()
    bucket = await serveBucket('landings', keys)
    sandbox = await startSandbox({ dir: join(folder, 'first', '.boomerang', 'sandbox'), orders: 300 })
    await sandbox.advance()
  }, 60_000)
  afterAll(async () => {
    await sandbox.stop()
    await bucket.close()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A machine that is new for each job: of the house it has the settings, and the disk on which the warehouse lies. */
  function machine(name: string): string {
    const root = join(folder, name)
    const home = join(root, '.boomerang', 'sandbox')
    mkdirSync(home, { recursive: true })
    if (name !== 'first')
      cpSync(join(folder, 'first', '.boomerang', 'sandbox', 'sandbox.json'), join(home, 'sandbox.json'))
    writeFileSync(join(root, 'keys.json'), JSON.stringify(keys))
    const address = `s3://landings/house?endpoint=${bucket.url}&pathStyle=true`
    settle(
      root,
      `${oneBrand}
       state: { address: '${postgres.url}?schema=oneshot' },
       warehouse: { kind: 'duckdb', path: ${JSON.stringify(join(folder, 'disk', 'warehouse.duckdb'))} },
       bucket: { address: ${JSON.stringify(address)}, secrets: { accessKey: 'file:keys.json#accessKey', secretKey: 'file:keys.json#secretKey' } }`,
    )
    return root
  }

  it('goes on in the next job, on another machine, where the time of the one before was over', async () => {
    const first = await boomerang(machine('first'), 'run', '--within', '3s')
    expect([first.code, first.err]).toEqual([130, ''])
    expect(first.out).toContain('Interrupted. `boomerang run` goes on where it stopped.')
    const state = await openState({ address: `${postgres.url}?schema=oneshot` })
    const done = state.read.selectFrom('event').select('step').where('what', '=', 'done').orderBy('step')
    const before = (await done.execute()).map(({ step }) => step)
    expect(before.length).toBeGreaterThan(0)
    const second = await boomerang(machine('second'), 'run')
    expect([second.code, second.err]).toEqual([0, ''])
    expect(second.out).toContain('Going on with the night of 2026-06-30 02:00Z.')
    const all = (await done.execute()).map(({ step }) => step)
    await state.close()
    expect(new Set(all).size).toBe(all.length)
    expect(all).toEqual(expect.arrayContaining(before))
    const landed = before.find(step => step.startsWith('extract ') && !second.out.includes(`start   ${step}\n`))
    expect(landed).toBeDefined()
    expect(bucket.keys().filter(key => key.endsWith('manifest.json')).length).toBeGreaterThan(10)
    const warehouse = await openDuckdb(join(folder, 'disk', 'warehouse.duckdb'))
    const [orders] = await warehouse.query({ sql: 'select count(*) as n from raw.storefront_order' })
    await warehouse.close()
    expect(Number(orders?.n)).toBeGreaterThan(100)
    expect(existsSync(join(folder, 'second', '.boomerang', 'state.sqlite'))).toBe(false)
  }, 120_000)

  it('takes a time that is one', async () => {
    const { code, err } = await boomerang(machine('third'), 'run', '--within', 'soon')
    expect([code, err]).toEqual([2, expect.stringContaining('--within takes a time of up to 90 days, and got soon')])
  })
})
