import { afterEach, beforeEach, expect, it } from 'vitest'
import { extract, extractStepOf } from '../../jobs/extract.ts'
import { readManifest } from '../../jobs/landing.ts'
import { pipelineOf, pipelinesOf } from '../../jobs/pipeline.ts'
import type { Source } from '../../jobs/sources/source.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

const interval = { from: '2026-06-29T02:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }
let asOf: readonly (string | undefined)[]

const shop: Source = {
  name: 'shopify',
  objects: [
    {
      name: 'orders',
      format: 'ndjson',
      overlapMs: 0,
      changeSignal: 'at',
      claims: [],
      async *extract(_, { land }) {
        async function* nothing(): AsyncGenerator<Uint8Array> {}
        for (const [n, instant] of asOf.entries()) {
          const landed = await land(`${n}.jsonl`, nothing())
          yield { landed, promised: { records: 0 }, ...(instant === undefined ? {} : { asOf: instant }) }
        }
      },
    },
  ],
  check: async () => ({ account: 'north' }),
}

let room: TestRoom
beforeEach(async () => {
  room = await testRoom({ catalogue: { sources: [shop] }, connections: [connection('north')] })
})
afterEach(() => room.end())

it.each([
  [[undefined, undefined], '2026-06-30T03:00:00.000000Z'],
  [[undefined, '2026-06-27T03:00:00.000000Z', '2026-06-28T03:00:00.000000Z'], '2026-06-27T03:00:00.000000Z'],
  [['2026-06-30T03:00:01.000000Z'], '2026-06-30T03:00:00.000000Z'],
])('a landing whose deliveries are as of %j was read at %s: nothing of it passes for newer', async (given, read) => {
  asOf = given
  const [pipeline] = pipelinesOf(room)
  if (pipeline === undefined) throw new Error('it has none')
  const step = extractStepOf(pipeline, { interval })
  await extract.run(room, step)
  expect((await readManifest(pipelineOf(room, step).folder))?.extractedAt).toBe(read)
})
