import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Environment } from '../../../contracts/connection.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue, Room, Step } from '../../../jobs/job.ts'
import { contextOf, type Outside } from '../../../scheduler/context.ts'
import { bullmqDeliverer } from '../../../scheduler/deliver/bullmq.ts'
import type { Deliverer } from '../../../scheduler/deliver/deliver.ts'
import { inlineDeliverer } from '../../../scheduler/deliver/inline.ts'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { openTraces } from '../../../scheduler/telemetry/open-traces.ts'
import { otelTraces } from '../../../scheduler/telemetry/otel-traces.ts'
import type { Traces } from '../../../scheduler/telemetry/traces.ts'
import { workOn } from '../../../scheduler/worker.ts'
import { noRedis, startRedis } from '../../redis.ts'
import { noHealth } from '../deliver/no-health.ts'
import { newPlace, type Place, step } from '../fixture.ts'

let place: Place
let told: ReadableSpan[]
let traces: Traces
beforeEach(async () => {
  place = await newPlace()
  told = []
  const exporter: SpanExporter = {
    export(spans, done) {
      told.push(...spans)
      done({ code: 0 })
    },
    shutdown: async () => undefined,
  }
  traces = otelTraces(exporter, 'toy')
})
afterEach(async () => {
  await traces.close()
  await place.end()
})

const vendor = createServer((request, response) =>
  response.writeHead(request.url?.startsWith('/gone') ? 404 : 200).end(),
)
const url = await new Promise<string>(resolve =>
  vendor.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(vendor.address() as AddressInfo).port}`)),
)
vendor.unref()

/** Does the steps of a run; each asks the vendor what its arguments say. */
async function work(run: string, deliverer: Deliverer, steps: readonly Step[]): Promise<readonly ReadableSpan[]> {
  const job = {
    name: 'toy',
    steps: async () => [],
    async run(room: Room, { args }: Step) {
      const { ask, breaks } = args as { readonly ask?: string; readonly breaks?: true }
      if (ask !== undefined)
        await (await room.fetch(ask.startsWith('/') ? `${url}${ask}` : ask, { method: 'POST' })).text()
      if (breaks) throw new Fault({ what: 'the toy broke', where: 'toy', hint: 'Mend it.', retry: 'never' })
      return { counts: { in: 3 } }
    },
  }
  const catalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs: [], jobs: [job] }
  await createRun(place.state, { run, slot: run, steps }, await place.state.now())
  await workOn({
    state: place.state,
    deliverer,
    run,
    signal: new AbortController().signal,
    room: (_, { signal }) =>
      ({
        ...contextOf({} as Outside, { resume: {} as Room['resume'], signal, log: () => undefined, traces }),
        catalogue,
      }) as Room,
    tell: () => undefined,
    masked: fault => fault,
    random: () => 0,
    traces,
  })
  traces.ended(await place.state.read.selectFrom('run').selectAll().where('id', '=', run).executeTakeFirstOrThrow())
  await traces.close()
  return told
}

const found = (spans: readonly ReadableSpan[], name: string): ReadableSpan => {
  const span = spans.find(each => each.name === name)
  if (span === undefined) throw new Error(`no span ${name} among ${spans.map(each => each.name).join(', ')}`)
  return span
}
const isUnder = (span: ReadableSpan, parent: ReadableSpan): boolean =>
  span.parentSpanContext?.spanId === parent.spanContext().spanId &&
  span.spanContext().traceId === parent.spanContext().traceId

test('a request is under its step, the step under its run, and all are one trace', async () => {
  const spans = await work('r', inlineDeliverer(2), [
    step('a', { args: { ask: '/orders?token=hidden', connection: 'north' } }),
  ])
  const [run, one, request] = ['run night', 'step toy', 'POST'].map(name => found(spans, name)) as [
    ReadableSpan,
    ReadableSpan,
    ReadableSpan,
  ]
  expect(isUnder(one, run) && isUnder(request, one)).toBe(true)
  expect(run.parentSpanContext).toBeUndefined()
  expect(one.attributes).toMatchObject({
    'boomerang.run': 'r',
    'boomerang.step': 'a',
    'boomerang.attempt': 1,
    'boomerang.connection': 'north',
    'boomerang.outcome': 'done',
    'boomerang.count.in': 3,
  })
  expect(request.attributes).toMatchObject({ 'url.full': `${url}/orders`, 'http.response.status_code': 200 })
  expect(JSON.stringify(spans.map(each => each.attributes))).not.toContain('hidden')
})

test('of a request that broke no word is told that quotes its address', async () => {
  const spans = await work('r', inlineDeliverer(1), [
    step('a', { args: { ask: 'https://me:hush-hush@127.0.0.1:1/x' } }),
  ])
  const { status, attributes } = found(spans, 'POST')
  expect(JSON.stringify({ status, attributes })).not.toContain('hush-hush')
  expect(status).toMatchObject({ code: 2, message: expect.stringContaining('cannot be used') })
})

test('what failed is an error: the request, the step with its reason, the run', async () => {
  const spans = await work('r', inlineDeliverer(1), [step('a', { args: { ask: '/gone', breaks: true } })])
  expect(found(spans, 'POST').status.code).toBe(2)
  expect(found(spans, 'step toy').status).toEqual({ code: 2, message: 'the toy broke (toy)' })
  expect(found(spans, 'run night').status.code).toBe(2)
})

test.skipIf(noRedis !== undefined)(
  `a run is carried through a queue${noRedis === undefined ? '' : ` (${noRedis})`}`,
  async () => {
    const redis = await startRedis()
    try {
      if (traces.queue === undefined) throw new Error('they carry nothing')
      const at = { host: '127.0.0.1', port: redis.port, db: 0 }
      const deliverer = bullmqDeliverer({
        redis: at,
        house: 'h',
        concurrency: 1,
        health: noHealth,
        traced: traces.queue,
      })
      const spans = await work('r', deliverer, [step('a', { pool: 'north' }), step('b', { after: ['a'] })])
      const run = found(spans, 'run night')
      const steps = spans.filter(({ name }) => name === 'step toy')
      expect(steps).toHaveLength(2)
      for (const one of steps) {
        const woken = spans.find(span => isUnder(one, span))
        expect(woken?.name).toMatch(/^process /)
        expect(woken !== undefined && isUnder(woken, run)).toBe(true)
      }
      expect(new Set(spans.map(span => span.spanContext().traceId)).size).toBe(1)
    } finally {
      await redis.stop()
    }
  },
  60_000,
)

test('they are sent by OTLP with the headers of the environment, and nothing waits for a place that is away', async () => {
  await traces.close()
  const bodies: { readonly key: unknown; readonly text: string }[] = []
  const collector = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    bodies.push({ key: request.headers['x-key'], text: Buffer.concat(chunks).toString() })
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  const address = await new Promise<string>(resolve =>
    collector.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`),
    ),
  )
  const secret = (reference: string): string => (reference === 'env:KEY' ? 'open sesame' : reference)
  const environment = { name: 'toy', traces: { address, headers: { 'x-key': 'env:KEY' } } } as unknown as Environment
  traces = await openTraces(environment, { secret })
  await work('r', inlineDeliverer(1), [step('a')])
  collector.close()
  collector.closeAllConnections()
  expect(bodies.map(({ key }) => key)).toEqual(['open sesame'])
  expect(bodies[0]?.text).toContain('step toy')
  traces = await openTraces(environment, { secret })
  await work('q', inlineDeliverer(1), [step('a')])
})
