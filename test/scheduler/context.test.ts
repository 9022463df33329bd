import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Environment } from '../../contracts/connection.ts'
import { Fault } from '../../contracts/fault.ts'
import { contextOf, openReferences, outsideOf } from '../../scheduler/context.ts'
import { noTraces } from '../../scheduler/telemetry/traces.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boomerang-context-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(root, name), text)
const logged = (name: string): string => readFileSync(join(root, '.boomerang', 'logs', `${name}.jsonl`), 'utf8')

test('the clock of an environment is read again at each look, so that a simulated day advances', () => {
  write('now', '2026-06-30T03:00:00Z')
  const { now } = outsideOf(root, { clock: 'file:now', open: [] })
  expect(now().toISOString()).toBe('2026-06-30T03:00:00.000Z')
  write('now', '2026-07-01T03:00:00Z')
  expect(now().toISOString()).toBe('2026-07-01T03:00:00.000Z')
})

test.each(['soon', '2026-06-30T03:00:00', ''])('a clock that holds "%s" is refused', text => {
  write('now', text)
  expect(outsideOf(root, { clock: 'file:now', open: [] }).now).toThrow(Fault)
})

test('a secret never stands in a log, in whatever fact, key, depth or escape it comes', () => {
  write('token', 'tok"en\\with/oddities')
  const outside = outsideOf(root, { open: [] })
  const token = outside.secret('file:token')
  const log = outside.logs.to('r', { bound: token })
  log(`event ${token}`, { plain: token, inside: `Bearer ${token}.`, deep: [{ [token]: [token] }] })
  outside.logs.close()
  const text = logged('r')
  expect(text).not.toContain('oddities')
  expect(text.match(/•••/g)).toHaveLength(6)
})

test('a secret that is resolved after the log was opened is masked too', () => {
  write('token', 'resolved-later')
  const outside = outsideOf(root, { open: [] })
  const log = outside.logs.to('r')
  log('before')
  log('after', { header: outside.secret('file:token') })
  outside.logs.close()
  expect(logged('r')).not.toContain('resolved-later')
})

test('a secret never stands in a Fault, and what carries it as a cause is left out', () => {
  write('token', 'never-to-be-seen')
  const outside = outsideOf(root, { open: [] })
  const token = outside.secret('file:token')
  const fault = outside.masked(
    new Fault({ what: `bad ${token}`, where: token, hint: token, retry: 'later', waitMs: 5, cause: new Error(token) }),
  )
  expect(fault).toMatchObject({ what: 'bad •••', where: '•••', hint: '•••', retry: 'later', waitMs: 5 })
  expect(fault.cause).toBeUndefined()
  expect(`${fault.message} ${fault.stack}`).not.toContain(token)
})

test('a secret in what caused a Fault is no more shown than one in the Fault itself', () => {
  write('token', 'never-to-be-seen')
  const outside = outsideOf(root, { open: [] })
  const token = outside.secret('file:token')
  const cause = new Error('refused', { cause: new Error(`with ${token}`) })
  const fault = outside.masked(new Fault({ what: 'refused', where: 'the shop', hint: 'Look.', retry: 'later', cause }))
  expect(fault).toMatchObject({ what: 'refused', where: 'the shop' })
  expect(fault.cause).toBeUndefined()
})

test('endpoints and accounts are no secrets: a person must be able to read where it went wrong', () => {
  write('outside.json', JSON.stringify({ url: 'http://127.0.0.1:4000', id: 'gid-12345678' }))
  const [endpoint, account] = ['file:outside.json#url', 'file:outside.json#id'] as const
  const environment = { connections: [{ endpoint, account }], state: { address: 'state.sqlite' } }
  const outside = outsideOf(root, { open: openReferences(environment as unknown as Environment) })
  const where = `${outside.secret(endpoint)} ${outside.secret(account)}`
  const fault = new Fault({ what: 'refused', where, hint: 'Look.', retry: 'later' })
  expect(outside.masked(fault)).toBe(fault)
})

test('what is no reference is given back as it is', () => {
  expect(outsideOf(root, { open: [] }).secret('https://example.com')).toBe('https://example.com')
})

test('a step that is asked to stop wakes from its sleep and its calls at once', async () => {
  const stop = new AbortController()
  const resume = { get: async () => undefined, set: async () => undefined }
  const outside = outsideOf(root, { open: [] })
  const ctx = contextOf(outside, { resume, signal: stop.signal, log: () => undefined, traces: noTraces })
  const sleeping = ctx.sleep(60_000)
  stop.abort()
  await expect(sleeping).rejects.toThrow(/abort/)
  await expect(ctx.fetch('http://127.0.0.1:9')).rejects.toThrow(/abort/)
})
