import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/command.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ dir: mkdtempSync(join(tmpdir(), 'crm-')), orders: 200 })
}, 30_000)
afterAll(() => sandbox.stop())

async function crm(
  path: string,
  body?: unknown,
  token?: string,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const { url, token: own } = sandbox.config().crm.north
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token ?? own}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
}
const upsert = (inputs: readonly unknown[]): ReturnType<typeof crm> =>
  crm('/crm/v3/objects/contacts/batch/upsert', { inputs })
const contact = (id: string, properties: Readonly<Record<string, unknown>> = { loyalty_score: '5' }): unknown => ({
  id,
  idProperty: 'shop_customer_id',
  properties,
})

it('creates a contact, then updates it, and says which', async () => {
  expect((await upsert([contact('a')])).body).toMatchObject({ status: 'COMPLETE', results: [{ new: true }] })
  expect((await upsert([contact('a', { loyalty_score: '6' })])).body).toMatchObject({
    results: [{ new: false, properties: { loyalty_score: '6' } }],
  })
})

it('takes 100 inputs and not 101', async () => {
  const many = Array.from({ length: 101 }, (_, n) => contact(`m${n}`))
  expect((await upsert(many.slice(0, 100))).status).toBe(200)
  expect((await upsert(many)).status).toBe(400)
})

it('refuses a whole batch for one unknown property, one id twice, or a number', async () => {
  for (const bad of [
    [contact('x', { shoe_size: '9' }), contact('y')],
    [contact('x'), contact('x')],
    [contact('x', { loyalty_score: 5 }), contact('y')],
  ]) {
    expect(await upsert(bad)).toMatchObject({ status: 400, body: { category: 'VALIDATION_ERROR' } })
  }
  expect((await sandbox.writes())['crm.north']?.y).toBeUndefined()
})

it('answers 207 with an error for each row that it refuses', async () => {
  await sandbox.faults('crm.north', [
    { on: 'batch/upsert', call: 1, do: { rejectIds: ['bad'], code: 'INVALID_EMAIL', message: 'no' } },
  ])
  expect(await upsert([contact('good'), contact('bad')])).toMatchObject({
    status: 207,
    body: {
      numErrors: 1,
      errors: [{ category: 'INVALID_EMAIL', context: { ids: ['bad'] } }],
      results: [{ properties: { shop_customer_id: 'good' } }],
    },
  })
})

it('throttles with the policy that was passed, and refuses a wrong token', async () => {
  await sandbox.faults('crm.north', [{ on: 'batch/upsert', call: 1, do: { throttled: true } }])
  expect(await upsert([contact('t')])).toMatchObject({
    status: 429,
    body: { errorType: 'RATE_LIMIT', policyName: 'SECONDLY' },
  })
  expect((await crm('/account-info/v3/details', undefined, 'wrong')).status).toBe(401)
})

it('clears a property with an empty text, and reads back what it holds, with 207 for what it does not know', async () => {
  await upsert([contact('c', { loyalty_score: '5', loyalty_tier: 'gold' })])
  await upsert([contact('c', { loyalty_tier: '' })])
  const read = await crm('/crm/v3/objects/contacts/batch/read', {
    idProperty: 'shop_customer_id',
    properties: ['shop_customer_id', 'loyalty_score', 'loyalty_tier'],
    inputs: [{ id: 'c' }, { id: 'nobody' }],
  })
  expect(read).toMatchObject({
    status: 207,
    body: {
      results: [{ properties: { loyalty_score: '5', loyalty_tier: null } }],
      errors: [{ context: { ids: ['nobody'] } }],
    },
  })
})

it('a write that was done before the connection broke is held', async () => {
  await sandbox.faults('crm.north', [{ on: 'batch/upsert', call: 1, do: { applyThenDrop: true } }])
  await expect(upsert([contact('dropped')])).rejects.toThrow()
  expect((await sandbox.writes())['crm.north']?.dropped).toEqual({ loyalty_score: '5' })
})
