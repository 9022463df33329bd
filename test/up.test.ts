import type { ChildProcess } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import { type Sandbox, startSandbox } from '../sandbox/command.ts'
import { boomerang, oneBrand, settle, start } from './project.ts'

let root: string
let sandbox: Sandbox
let secret: string
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'up-'))
  sandbox = await startSandbox({ dir: join(root, '.boomerang', 'sandbox'), orders: 300 })
  await sandbox.advance()
  settle(root, oneBrand)
  secret = sandbox.config().storefronts.north.webhookSecret
}, 60_000)

it('plans the night that is due and does its steps, and then there is nothing to do', async () => {
  const first = await up('1', '--metrics', '127.0.0.1:0')
  await first.until(/The night of 2026-06-30 02:00Z: done, .*\n +rows /)
  const metrics = /http:\S+\/metrics/.exec(first.said())?.[0] ?? ''
  expect(await (await fetch(metrics)).text()).toMatch(/^boomerang_steps_total\{job="load",outcome="done"\} [1-9]/m)
  expect((await fetch(metrics.replace('/metrics', '/'))).status).toBe(404)
  first.child.kill('SIGTERM')
  expect(await ended(first.child)).toBe(0)
  expect(first.said()).toMatch(/The night of 2026-06-30 02:00Z: \d+ steps/)
  expect((await boomerang(root, 'run')).out).toContain('nothing to do')
}, 120_000)

afterAll(async () => {
  await sandbox.stop()
  rmSync(root, { recursive: true, force: true })
})

interface Up {
  readonly child: ChildProcess
  readonly url: string
  /** All that it has said so far. */
  readonly said: () => string
  until(words: RegExp): Promise<void>
}

async function up(every = '1', ...more: readonly string[]): Promise<Up> {
  const child = start(root, ['up', '--listen', '127.0.0.1:0', '--every', every, ...more])
  let out = ''
  const hear = (chunk: unknown): void => {
    out += String(chunk)
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const until = async (words: RegExp): Promise<void> => {
    while (!words.test(out)) {
      if (child.exitCode !== null) throw new Error(`it ended: ${out}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  await until(/hooks\/<connection>/)
  return { child, url: /http:\/\/[0-9.:]+/.exec(out)?.[0] ?? '', said: () => out, until }
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise(resolve => child.once('close', code => resolve(code)))

const spool = (): string => join(root, '.boomerang', 'landing', 'north', 'spool')

/** What was taken in and is not loaded yet. */
const spooled = (): readonly string[] =>
  readdirSync(spool()).filter(name => (statSync(join(spool(), name), { throwIfNoEntry: false })?.size ?? 0) > 0)

const agent = new Agent({ keepAlive: true, maxSockets: 40 })

/** Posts one event; true where it was acknowledged. */
function post(url: string, id: string, subject: string): Promise<boolean> {
  const body = JSON.stringify({ id: 1, admin_graphql_api_id: subject })
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-shopify-topic': 'orders/updated',
    'x-shopify-event-id': id,
    'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
  }
  return new Promise(resolve => {
    const asked = request(`${url}/hooks/north`, { method: 'POST', headers, agent }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
    })
    asked.on('error', () => resolve(false))
    asked.end(body)
  })
}

async function query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
  try {
    return await warehouse.query({ sql })
  } finally {
    await warehouse.close()
  }
}

const order = 'gid://shopify/Order/6100000000050'

it('an event is in the warehouse seconds after it was told, handshake and all, trace shows its way, and no night is begun again', async () => {
  const { child, url, said, until } = await up()
  expect(await post(url, 'event-000001', order)).toBe(true)
  await until(/north {2}in /)
  child.kill('SIGTERM')
  expect(await ended(child)).toBe(0)
  expect(said()).not.toContain('The night of')
  expect(await query('select event_id, subject_id from raw.storefront_event')).toEqual([
    { event_id: 'event-000001', subject_id: order },
  ])
  const { out } = await boomerang(root, 'trace', '6100000000050')
  expect(out).toMatch(
    /received +north +orders\/updated \(event-000001\), delivery 1, acknowledged after \d+ ms, judged after -?\d+ ms, loaded after -?\d+ ms/,
  )
}, 60_000)

it('killed in the middle it loses none that it acknowledged', async () => {
  const first = await up('1')
  const acknowledged = new Set<string>()
  let sent = 0
  const send = async (): Promise<void> => {
    while (first.child.exitCode === null && first.child.signalCode === null) {
      const id = `event-k${String(++sent).padStart(6, '0')}`
      if (await post(first.url, id, order)) acknowledged.add(id)
    }
  }
  const senders = Array.from({ length: 20 }, send)
  while (acknowledged.size < 1_500) await new Promise(resolve => setTimeout(resolve, 5))
  first.child.kill('SIGKILL')
  await Promise.all(senders)
  const second = await up('1')
  while (spooled().length > 0) await new Promise(resolve => setTimeout(resolve, 20))
  second.child.kill('SIGTERM')
  expect(await ended(second.child), second.said()).toBe(0)
  const kept = new Set(
    (await query('select event_id from raw.storefront_event')).map(({ event_id }) => String(event_id)),
  )
  expect([...acknowledged].filter(id => !kept.has(id))).toEqual([])
  expect(acknowledged.size).toBeGreaterThanOrEqual(1_500)
}, 120_000)

it('stopped in the middle of a batch it says so, and leaves nothing behind that stands in the way', async () => {
  const { child, url, said } = await up('1')
  await post(url, 'event-000099', order)
  child.kill('SIGTERM')
  expect(await ended(child)).toBe(0)
  expect(said()).toContain('Stopped. What was begun or acknowledged is kept')
  const left = existsSync(spool()) ? readdirSync(spool()).map(name => readFileSync(join(spool(), name), 'utf8')) : []
  const loaded = await query(`select 1 as n from raw.storefront_event where event_id = 'event-000099'`)
  expect(loaded.length === 1 || left.join('').includes('event-000099')).toBe(true)
}, 60_000)

it('whose spool is taken away under it acknowledges nothing that is not kept, and goes on', async () => {
  const { child, url, until } = await up('2')
  await post(url, 'event-000201', order)
  rmSync(spool(), { recursive: true })
  expect(await post(url, 'event-000202', order)).toBe(false)
  expect(await post(url, 'event-000203', order)).toBe(true)
  await until(/north {2}in /)
  child.kill('SIGTERM')
  expect(await ended(child)).toBe(0)
  const kept = await query(`select event_id from raw.storefront_event where event_id like 'event-0002%' order by 1`)
  expect(kept.map(({ event_id }) => event_id)).toEqual(['event-000203'])
}, 60_000)

it('two at once, a port that is taken and an address that is none are mistakes in words', async () => {
  const { child } = await up()
  const other = await boomerang(root, 'up', '--listen', '127.0.0.1:0')
  expect(other.code).toBe(4)
  expect(other.err).toContain(`events are taken in by \`boomerang up\` (process ${child.pid}`)
  child.kill('SIGTERM')
  await ended(child)
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  const at = await boomerang(root, 'up', '--listen', `127.0.0.1:${(taken.address() as AddressInfo).port}`)
  expect([at.code, at.err]).toEqual([2, expect.stringContaining('EADDRINUSE')])
  taken.close()
  for (const [wrong, words] of [
    [['--listen', 'here'], '--listen takes a port up to 65535 or host:port'],
    [['--listen', '127.0.0.1:99999'], '--listen takes a port up to 65535 or host:port'],
    [['--metrics', 'there'], '--metrics takes a port up to 65535 or host:port'],
    [['--listen', '127.0.0.1:0', '--every', '0'], '--every takes a number of seconds'],
  ] as const) {
    const refused = await boomerang(root, 'up', ...wrong)
    expect([refused.code, refused.out, refused.err]).toEqual([2, '', expect.stringContaining(words)])
  }
}, 60_000)
