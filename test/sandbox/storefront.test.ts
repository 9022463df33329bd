import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/command.ts'

let dir: string
let sandbox: Sandbox
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'shop-'))
  sandbox = await startSandbox({ dir, orders: 300, polls: 2 })
  await sandbox.advance()
}, 60_000)
afterAll(() => sandbox.stop())

interface Any {
  readonly [key: string]: Any
}

async function shop(
  query: string,
  variables: unknown = {},
  name: 'north' | 'south' = 'north',
): Promise<{ readonly status: number; readonly body: Any }> {
  const { url, token } = sandbox.config().storefronts[name]
  const response = await fetch(`${url}/admin/api/2026-07/graphql.json`, {
    method: 'POST',
    headers: { 'x-shopify-access-token': token },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, body: (await response.json()) as Any }
}

const runText =
  'mutation($query: String!, $grouped: Boolean) { bulkOperationRunQuery(query: $query, groupObjects: $grouped) { bulkOperation { id status url } userErrors { field message code } } }'
const run = async (query: string, grouped = false): Promise<Any> =>
  ((await shop(runText, { query, grouped })).body.data as Any).bulkOperationRunQuery as Any
const poll = async (id: string): Promise<Any> =>
  (
    (
      await shop(
        'query($id: ID!) { bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt } }',
        { id },
      )
    ).body.data as Any
  ).bulkOperation as Any
async function finished(id: string): Promise<Any> {
  for (let tries = 0; tries < 10; tries += 1) {
    const operation = await poll(id)
    if (!['CREATED', 'RUNNING', 'CANCELING'].includes(String(operation.status))) return operation
  }
  throw new Error('the operation did not end')
}
const idOf = (ran: Any): string => String((ran.bulkOperation as Any).id)

const orders = (filter: string): string =>
  `{ orders(query: "${filter}") { edges { node { id name lineItems { edges { node { id sku } } } } } } }`

describe('a bulk query', () => {
  it('lives from created over running to completed, with counts and size as text that its result has', async () => {
    const ran = await run(orders("updated_at:>='2026-06-01T00:00:00Z'"))
    expect(ran.bulkOperation).toMatchObject({ status: 'CREATED', url: null })
    expect(await poll(idOf(ran))).toMatchObject({ status: 'RUNNING', objectCount: '0', fileSize: null })
    const done = await finished(idOf(ran))
    const text = await (await fetch(String(done.url))).text()
    const lines = text.split('\n').slice(0, -1)
    expect(done).toMatchObject({
      status: 'COMPLETED',
      objectCount: String(lines.length),
      fileSize: String(Buffer.byteLength(text)),
    })
    expect(done.rootObjectCount).toBe(String(lines.filter(line => !line.includes('__parentId')).length))
    expect(lines[0]).toContain('gid:\\/\\/shopify\\/Order\\/')
    expect(text.endsWith('\n')).toBe(true)
  })

  it('gives children after their block of parents when they are not grouped, and after their parent when they are', async () => {
    const kinds = async (grouped: boolean): Promise<readonly string[]> => {
      const done = await finished(idOf(await run(orders("updated_at:>='2026-06-20T00:00:00Z'"), grouped)))
      return (await (await fetch(String(done.url))).text())
        .split('\n')
        .slice(0, -1)
        .map(line => (line.includes('__parentId') ? 'child' : 'root'))
    }
    expect((await kinds(false)).slice(0, 3)).toEqual(['root', 'root', 'root'])
    expect((await kinds(true)).slice(0, 2)).toEqual(['root', 'child'])
  })

  it('that finds nothing is completed without a link', async () => {
    expect(await finished(idOf(await run(orders("updated_at:>='2030-01-01T00:00:00Z'"))))).toMatchObject({
      status: 'COMPLETED',
      objectCount: '0',
      url: null,
    })
  })

  it('the sixth at a time is refused, and told the five that run', async () => {
    const running = await Promise.all(
      Array.from({ length: 5 }, () => run(orders("updated_at:>='2026-06-29T00:00:00Z'"))),
    )
    const sixth = await run(orders("updated_at:>='2026-06-29T00:00:00Z'"))
    expect(sixth.bulkOperation).toBeNull()
    expect(sixth.userErrors).toMatchObject([{ field: null, code: 'OPERATION_IN_PROGRESS' }])
    for (const each of running) expect(JSON.stringify(sixth.userErrors)).toContain(idOf(each))
    for (const each of running) await finished(idOf(each))
  })

  it('can be canceled while it runs, and not afterwards', async () => {
    const cancel = async (id: string): Promise<Any> =>
      (
        (
          await shop(
            'mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { field message } } }',
            { id },
          )
        ).body.data as Any
      ).bulkOperationCancel as Any
    const id = idOf(await run(orders("updated_at:>='2026-06-29T00:00:00Z'")))
    expect((await cancel(id)).bulkOperation).toMatchObject({ status: 'CANCELING' })
    expect(await finished(id)).toMatchObject({ status: 'CANCELED', url: null })
    expect((await cancel(id)).userErrors).toMatchObject([
      { message: 'A bulk operation cannot be canceled when it is completed' },
    ])
  })

  it('that fails gives partial data and no link to the whole', async () => {
    await sandbox.faults('storefront.north', [{ on: 'bulkResult', call: 1, do: { failed: 'TIMEOUT' } }])
    const done = await finished(idOf(await run(orders("updated_at:>='2026-06-29T00:00:00Z'"))))
    expect(done).toMatchObject({ status: 'FAILED', errorCode: 'TIMEOUT', url: null })
    expect(done.partialDataUrl).toMatch(/^http/)
  })

  it.each([
    ['no connection', '{ shop { id } }', 'Bulk queries must contain at least one connection.'],
    [
      'nodes',
      '{ products { nodes { id } } }',
      "Selecting via 'nodes' is not supported. Invalid connection fields: 'products'.",
    ],
    [
      'a nested connection below a node without id',
      '{ products { edges { node { title variants { edges { node { id } } } } } } }',
      "Connection fields without 'id': products.",
    ],
    [
      'a connection in a list',
      '{ orders { edges { node { id refunds { transactions { edges { node { id } } } } } } } }',
      'Queries that contain a connection field within a list field are not currently supported.',
    ],
    [
      'a mutation',
      'mutation { metafieldsSet(metafields: []) { userErrors { message } } }',
      'Invalid operation type. Only `query` operations are supported.',
    ],
    ['cut text', '{ orders { edges {', 'Invalid bulk query: syntax error, unexpected end of file'],
    ['too long a text', `{ orders { edges { node { id } } } } #${'x'.repeat(66_000)}`, 'Query is too large'],
    [
      'depth of three',
      '{ products { edges { node { id variants { edges { node { id product { id variants { edges { node { id product { id variants { edges { node { id } } } } } } } } } } } } } } }',
      'nesting depth greater than 2',
    ],
    [
      'six connections',
      `{ orders { edges { node { id ${['a', 'b', 'c', 'd', 'e'].map(name => `${name}: lineItems { edges { node { id } } }`).join(' ')} } } } }`,
      'cannot contain more than 5 connections',
    ],
  ])('with %s is refused in the words of Shopify', async (_, query, message) => {
    const ran = await run(query)
    expect(ran.bulkOperation).toBeNull()
    expect(JSON.stringify(ran.userErrors)).toContain(message.replaceAll('"', '\\"'))
  })

  it('link that expired is refused until it is asked for again', async () => {
    const done = await finished(idOf(await run(orders("updated_at:>='2026-06-29T00:00:00Z'"))))
    await sandbox.faults('storefront.north', [{ on: 'download', call: 1, do: { expire: true } }])
    expect((await fetch(String(done.url))).status).toBe(403)
    expect((await fetch(String((await poll(String(done.id))).url))).status).toBe(200)
  })

  it('is downloaded by range, and cut where a test says so', async () => {
    const done = await finished(idOf(await run(orders("updated_at:>='2026-06-20T00:00:00Z'"))))
    const whole = Buffer.from(await (await fetch(String(done.url))).arrayBuffer())
    const part = Buffer.from(await (await fetch(String(done.url), { headers: { range: 'bytes=500-' } })).arrayBuffer())
    expect(part.equals(whole.subarray(500))).toBe(true)
    await sandbox.faults('storefront.north', [{ on: 'download', call: 1, do: { cut: 700 } }])
    await expect(fetch(String(done.url)).then(response => response.arrayBuffer())).rejects.toThrow()
  })
})

describe('search', () => {
  const names = async (filter: string): Promise<readonly string[]> => {
    const { body } = await shop('query($q: String) { orders(first: 250, query: $q) { edges { node { name } } } }', {
      q: filter,
    })
    return ((body.data as Any).orders as unknown as { edges: { node: { name: string } }[] }).edges.map(
      ({ node }) => node.name,
    )
  }

  it('of an unknown field finds everything, and only warns', async () => {
    const { body } = await shop('query($q: String) { orders(first: 3, query: $q) { edges { node { id } } } }', {
      q: "update_at:>='2030-01-01T00:00:00Z'",
    })
    expect(((body.data as Any).orders as unknown as { edges: unknown[] }).edges).toHaveLength(3)
    expect(JSON.stringify(body.extensions)).toContain('Invalid search field for this query.')
  })

  it('ignores a time that is not quoted: the whole day matches', async () => {
    const quoted = await names("updated_at:>='2026-06-29T18:00:00Z'")
    const bare = await names('updated_at:>=2026-06-29T18:00:00Z')
    expect(bare.length).toBeGreaterThan(quoted.length)
    expect(bare).toEqual(await names("updated_at:>='2026-06-29T00:00:00Z'"))
  })

  it('a field that the type lacks is an error', async () => {
    expect((await shop('{ orders(first: 1) { edges { node { nothing } } } }')).body.errors).toMatchObject([
      { extensions: { code: 'undefinedField' } },
    ])
  })
})

describe('throttling and refusals', () => {
  it('comes as 200 with THROTTLED, and as 429', async () => {
    await sandbox.faults('storefront.north', [
      { on: 'shop', call: 1, do: { throttled: true } },
      { on: 'shop', call: 1, do: { status: 429, headers: { 'retry-after': '2.0' } } },
    ])
    const first = await shop('{ shop { id } }')
    expect(first).toMatchObject({
      status: 200,
      body: { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] },
    })
    expect((await shop('{ shop { id } }')).status).toBe(429)
    expect((await shop('{ shop { id } }')).body.extensions).toMatchObject({
      cost: { throttleStatus: { restoreRate: 100 } },
    })
  })

  it('a wrong token is 401', async () => {
    const { url } = sandbox.config().storefronts.north
    expect(
      (
        await fetch(`${url}/admin/api/2026-07/graphql.json`, {
          method: 'POST',
          headers: { 'x-shopify-access-token': 'no' },
          body: '{}',
        })
      ).status,
    ).toBe(401)
  })
})

describe('metafieldsSet', () => {
  const set = async (inputs: readonly unknown[]): Promise<Any> =>
    (
      (
        await shop(
          'mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { id compareDigest } userErrors { field code message elementIndex } } }',
          { m: inputs },
        )
      ).body.data as Any
    ).metafieldsSet as Any
  const input = (more: Readonly<Record<string, unknown>> = {}): unknown => ({
    ownerId: 'gid://shopify/Customer/610000000001',
    namespace: 'boomerang',
    key: 'loyalty_score',
    value: '5',
    type: 'number_integer',
    ...more,
  })

  it('takes 25 inputs and not 26', async () => {
    expect((await set(Array.from({ length: 25 }, () => input()))).userErrors).toEqual([])
    expect(await set(Array.from({ length: 26 }, () => input()))).toMatchObject({
      metafields: null,
      userErrors: [{ code: 'LESS_THAN_OR_EQUAL_TO', field: ['metafields'] }],
    })
  })

  it('is atomic: one bad input keeps all out', async () => {
    const owner = 'gid://shopify/Customer/610000000002'
    const answer = await set([input({ ownerId: owner }), input({ ownerId: 'gid://shopify/Customer/1' })])
    expect(answer.userErrors).toMatchObject([
      { field: ['metafields', '1', 'ownerId'], code: 'INVALID_VALUE', message: 'Owner does not exist.' },
    ])
    expect((await sandbox.writes())['storefront.north']?.[owner]).toBeUndefined()
  })

  it('refuses a text as an integer, and a stale digest', async () => {
    expect((await set([input({ value: 'five' })])).userErrors).toMatchObject([{ message: 'Value must be an integer.' }])
    const [held] = (await set([input({ key: 'digest_test' })])).metafields as unknown as { compareDigest: string }[]
    expect(
      (await set([input({ key: 'digest_test', value: '6', compareDigest: held?.compareDigest })])).userErrors,
    ).toEqual([])
    expect(
      (await set([input({ key: 'digest_test', value: '7', compareDigest: held?.compareDigest })])).userErrors,
    ).toMatchObject([{ code: 'STALE_OBJECT' }])
  })
})

describe('a bulk mutation', () => {
  const mutation =
    'mutation call($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) { metafields { key } userErrors { field message } } }'
  const begin = async (args: Readonly<Record<string, unknown>>): Promise<Any> =>
    (
      (
        await shop(
          'mutation($mutation: String!, $path: String!, $client: String) { bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path, clientIdentifier: $client) { bulkOperation { id } userErrors { field code message } } }',
          args,
        )
      ).body.data as Any
    ).bulkOperationRunMutation as Any
  async function upload(text: string): Promise<string> {
    const { body } = await shop(
      'mutation($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) { stagedTargets { url resourceUrl parameters { name value } } userErrors { message } } }',
      {
        input: [
          { resource: 'BULK_MUTATION_VARIABLES', filename: 'vars.jsonl', mimeType: 'text/jsonl', httpMethod: 'POST' },
        ],
      },
    )
    const [target] = (
      (body.data as Any).stagedUploadsCreate as unknown as {
        stagedTargets: { url: string; parameters: { name: string; value: string }[] }[]
      }
    ).stagedTargets
    const form = new FormData()
    for (const { name, value } of target?.parameters ?? []) form.append(name, value)
    form.append('file', new Blob([text]), 'vars.jsonl')
    const answer = await fetch(target?.url ?? '', { method: 'POST', body: form })
    expect(answer.status).toBe(201)
    expect(await answer.text()).toContain('<PostResponse>')
    return target?.parameters.find(({ name }) => name === 'key')?.value ?? ''
  }
  const lineOf = (owner: string, value: string): string =>
    JSON.stringify({
      metafields: [{ ownerId: owner, namespace: 'boomerang', key: 'loyalty_score', type: 'number_integer', value }],
    })

  it('does every line, and says of each in its file what became of it, though it completed', async () => {
    const path = await upload(
      `${lineOf('gid://shopify/Customer/610000000003', '7')}\n${lineOf('gid://shopify/Customer/610000000003', 'seven')}\n`,
    )
    const done = await finished(idOf(await begin({ mutation, path })))
    expect(done).toMatchObject({ status: 'COMPLETED', objectCount: '2' })
    const lines = (await (await fetch(String(done.url))).text())
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { __lineNumber: number; data: { metafieldsSet: { userErrors: unknown[] } } })
    expect(lines.map(line => [line.__lineNumber, line.data.metafieldsSet.userErrors.length])).toEqual([
      [0, 0],
      [1, 1],
    ])
    expect((await sandbox.writes())['storefront.north']?.['gid://shopify/Customer/610000000003']).toMatchObject({
      'boomerang.loyalty_score': '7',
    })
  })

  it.each([
    ['a file that is not there', async () => ({ mutation, path: 'tmp/none' }), 'NO_SUCH_FILE'],
    ['an empty file', async () => ({ mutation, path: await upload('') }), 'The input file is empty.'],
    [
      'a query as text',
      async () => ({ mutation: '{ shop { id } }', path: await upload('{}\n') }),
      'Only `mutation` operations are supported.',
    ],
    [
      'two roots',
      async () => ({
        mutation:
          'mutation { a: metafieldsSet(metafields: []) { userErrors { message } } b: metafieldsSet(metafields: []) { userErrors { message } } }',
        path: await upload('{}\n'),
      }),
      'You must specify a single top level mutation.',
    ],
    [
      'a mutation that may not run in bulk',
      async () => ({
        mutation: 'mutation { bulkOperationRunQuery(query: "") { userErrors { message } } }',
        path: await upload('{}\n'),
      }),
      'You must use an allowed mutation name.',
    ],
    [
      'too short a client identifier',
      async () => ({ mutation, path: await upload('{}\n'), client: 'short' }),
      'is too short (minimum is 10 characters)',
    ],
  ])('with %s is refused in the words of Shopify', async (_, args, message) => {
    const begun = await begin(await args())
    expect(begun.bulkOperation).toBeNull()
    expect(JSON.stringify(begun.userErrors)).toContain(message)
  })
})

describe('the world', () => {
  it('has two shops with equal order names, ids that never meet, and one e-mail address that both know', async () => {
    const read = async (name: 'north' | 'south'): Promise<{ names: string[]; ids: string[]; emails: string[] }> => {
      const { body } = await shop(
        '{ orders(first: 40) { edges { node { id name } } } customers(first: 40) { edges { node { defaultEmailAddress { emailAddress } } } } }',
        {},
        name,
      )
      const data = body.data as unknown as {
        orders: { edges: { node: { id: string; name: string } }[] }
        customers: { edges: { node: { defaultEmailAddress: { emailAddress: string } } }[] }
      }
      return {
        names: data.orders.edges.map(({ node }) => node.name),
        ids: data.orders.edges.map(({ node }) => node.id),
        emails: data.customers.edges.map(({ node }) => node.defaultEmailAddress.emailAddress),
      }
    }
    const [north, south] = [await read('north'), await read('south')]
    expect(north.names).toEqual(south.names)
    expect(north.ids.filter(id => south.ids.includes(id))).toEqual([])
    expect(north.emails.filter(email => email.includes('@') && south.emails.includes(email))).toEqual([
      'alex@example.com',
    ])
  })

  it('is the same for the same seed, and goes on where it was after a restart', async () => {
    const twin = mkdtempSync(join(tmpdir(), 'twin-'))
    const first = await startSandbox({ dir: twin, orders: 300 })
    await first.advance()
    expect(await first.truth()).toEqual(await sandbox.truth())
    await first.stop(true)
    await new Promise(resolve => setTimeout(resolve, 300))
    const again = await startSandbox({ dir: twin, orders: 300 })
    expect(again.config().day).toBe(1)
    expect(await again.truth()).toEqual(await sandbox.truth())
    await again.stop()
    rmSync(twin, { recursive: true, force: true })
  }, 30_000)
})
