import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Fault } from '../../contracts/fault.ts'
import { extract } from '../../jobs/extract.ts'
import type { Catalogue, Job } from '../../jobs/job.ts'
import { load } from '../../jobs/load.ts'
import { type Pipeline, pipelinesOf } from '../../jobs/pipeline.ts'
import type { Source } from '../../jobs/sources/source.ts'
import { forgetStreams } from '../../scheduler/kernel/forget-streams.ts'
import { type Office, openOffice } from '../../scheduler/office.ts'
import { type Batch, streamBatch } from '../../scheduler/stream.ts'
import { orderRecord, plainClaims } from '../jobs/gate/orders.ts'
import { type ToyProject, toyProject } from './toy/project.ts'

let toy: ToyProject
let office: Office
let asked: number
let broken: boolean
beforeEach(async () => {
  toy = toyProject()
  office = await openOffice({ root: toy.root, command: 'up' })
  asked = 0
  broken = false
})
afterEach(async () => {
  await office.close()
  toy.remove()
})

const source: Source = {
  name: 'toy',
  objects: [
    {
      name: 'orders',
      format: 'ndjson',
      claims: plainClaims,
      overlapMs: 0,
      changeSignal: 'none',
      async *extract(_, { land }) {
        asked += 1
        const line = Buffer.from(`${JSON.stringify(orderRecord(asked))}\n`)
        const bytes = async function* (): AsyncGenerator<Uint8Array> {
          yield line
        }
        yield { landed: await land('orders.jsonl', bytes()), promised: {} }
      },
    },
  ],
  check: async () => ({ account: 'north' }),
}

/** The load of the house, which may be made to fail. */
const breakable: Job = {
  ...load,
  async run(room, step) {
    if (broken) throw new Fault({ what: 'stopped', where: 'a guard', hint: 'Mend it.', retry: 'never', kind: 'guard' })
    return load.run(room, step)
  },
}
const catalogue: Catalogue = {
  contracts: plainClaims.map(({ contract }) => contract),
  sources: [source],
  sinks: [],
  checks: [],
  syncs: [],
  jobs: [extract, breakable],
}

async function batch(at: string): Promise<Batch> {
  toy.now(at)
  const [pipeline] = pipelinesOf({ environment: office.environment, catalogue })
  return streamBatch({ office, catalogue, pipeline: pipeline as Pipeline, signal: new AbortController().signal })
}
const landings = (): Promise<readonly string[]> => readdir(join(toy.root, 'landing', 'north', 'orders'))

it('what runs that are forgotten had closed stays closed, as one interval, and the newest stays as it is', async () => {
  for (const second of ['00', '05', '10']) await batch(`2026-06-30T03:00:${second}Z`)
  const intervals = async () =>
    (await office.state.read.selectFrom('interval').selectAll().orderBy('from_at').execute()).map(
      ({ from_at, to_at }) => `${from_at.slice(5, 19)} ${to_at.slice(5, 19)}`,
    )
  expect(await intervals()).toHaveLength(3)
  await forgetStreams(office.state, 1)
  const before = ['06-01T00:00:00 06-30T03:00:05', '06-30T03:00:05 06-30T03:00:10']
  expect(await intervals()).toEqual(before)
  await batch('2026-06-30T03:00:15Z')
  await forgetStreams(office.state, 1)
  expect(await intervals()).toEqual(['06-01T00:00:00 06-30T03:00:10', '06-30T03:00:10 06-30T03:00:15'])
}, 30_000)

it('what has landed and was not loaded is loaded by the next batch, and not landed once more', async () => {
  broken = true
  expect(await batch('2026-06-30T03:00:00Z')).toMatchObject({ state: 'left' })
  expect(await batch('2026-06-30T03:00:05Z')).toMatchObject({ state: 'left' })
  expect([asked, (await landings()).length]).toEqual([1, 1])
  broken = false
  expect(await batch('2026-06-30T03:00:10Z')).toMatchObject({ state: 'loaded' })
  expect([asked, (await landings()).length]).toEqual([1, 1])
  expect(await batch('2026-06-30T03:00:15Z')).toMatchObject({ state: 'loaded' })
  expect([asked, (await landings()).length]).toEqual([2, 2])
}, 30_000)
