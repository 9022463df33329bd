import type { Contract } from '../../contracts/contract.ts'
import { extract } from '../../jobs/extract.ts'
import type { Report, Step } from '../../jobs/job.ts'
import { load } from '../../jobs/load.ts'
import type { Aside, SourceObject } from '../../jobs/sources/source.ts'
import { writtenBy } from '../../jobs/written.ts'
import { rawName } from '../../models/warehouse/raw.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

export type ScriptedObject = Omit<SourceObject, 'extract' | 'format' | 'overlapMs' | 'changeSignal'>

/** What one extract and load of a pipeline is given. */
export interface Script {
  readonly pipeline: string
  /** The moment at which it runs, a UTC instant. */
  readonly at: string
  /** Lines as text, or records. */
  readonly records: readonly unknown[]
  readonly asides?: readonly Aside[]
}

/** A room in which pipelines are extracted and loaded as scripted, each time for an interval of its own. */
export interface Nights {
  readonly room: TestRoom
  night(script: Script): Promise<Report>
}

export async function nightsOf(scripted: readonly ScriptedObject[], contracts: readonly Contract[]): Promise<Nights> {
  let script: Script = { pipeline: '', at: '2026-06-10T03:00:00Z', records: [] }
  let nights = 0
  const objects = scripted.map(
    (object): SourceObject => ({
      ...object,
      format: 'ndjson',
      overlapMs: 0,
      changeSignal: 'none',
      async *extract(_, { land, setAside }) {
        for (const aside of script.asides ?? []) setAside?.(aside)
        const landed = await land('records.jsonl', bytesOf(script.records))
        yield { landed, promised: {} }
      },
    }),
  )
  const made = await testRoom({
    catalogue: { contracts, sources: [{ name: 'shopify', objects, check: async () => ({ account: 'north' }) }] },
    connections: [connection('north')],
  })
  const room = { ...made, now: () => new Date(script.at) }
  return {
    room,
    async night(given) {
      script = given
      nights += 1
      const { pipeline, at } = given
      const interval = { from: new Date(nights * 1000).toISOString(), to: at }
      const object = objects.find(each => each.name === pipeline) as SourceObject
      const step = (job: string): Step => ({
        id: job,
        job,
        args: { pipeline, connection: 'north', interval, closes: true },
        after: [],
        writes: writtenBy(object, room.catalogue).map(rawName),
        risk: 'financial',
      })
      room.token += 1
      await extract.run(room, step('extract'))
      return load.run(room, step('load'))
    },
  }
}

async function* bytesOf(records: readonly unknown[]): AsyncGenerator<Uint8Array> {
  for (const record of records) yield Buffer.from(`${typeof record === 'string' ? record : JSON.stringify(record)}\n`)
}
