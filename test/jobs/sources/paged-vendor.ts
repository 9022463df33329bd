import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../../../contracts/connection.ts'
import { extract } from '../../../jobs/extract.ts'
import type { Report, Step } from '../../../jobs/job.ts'
import { load } from '../../../jobs/load.ts'
import { listRejects } from '../../../jobs/rejects.ts'
import type { Source } from '../../../jobs/sources/source.ts'
import { writtenBy } from '../../../jobs/written.ts'
import { rawName } from '../../../models/warehouse/raw.ts'
import { type Listening, listening } from '../../listening.ts'
import type { Origin } from '../../suite/source.ts'
import { connection, emptyCatalogue, type TestRoom, testRoom } from '../room.ts'

export { type Listening, listening }

/** What the shared suite needs of a vendor that has no long operations. */
export const originOf = (
  { url, close }: Listening,
  {
    add,
    nameOf,
    ...more
  }: Partial<Connection> & {
    readonly add: (at: number) => string
    readonly nameOf: (line: Readonly<Record<string, unknown>>) => string
  },
): Origin => ({
  connection: connection('north', { endpoint: url, ...more }),
  add: async at => add(Date.parse(at)),
  namesIn: files => [...files.values()].flatMap(file => linesOf(String(file))).map(nameOf),
  started: () => 0,
  close,
})

export const linesOf = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)

const interval = { from: '2026-01-01T00:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }

/** A night over everything that a vendor has: what each object brings passes the gate and stands in the warehouse. */
export function judgeLoads(source: Source, open: () => Promise<Pick<Origin, 'connection' | 'close'>>): void {
  describe(`what ${source.name} gives`, () => {
    let origin: Pick<Origin, 'connection' | 'close'>
    let room: TestRoom
    beforeAll(async () => {
      origin = await open()
      const contracts = [...new Set(source.objects.flatMap(({ claims }) => claims.map(({ contract }) => contract)))]
      const connections = [{ ...origin.connection, system: source.name }]
      room = await testRoom({ catalogue: { ...emptyCatalogue, sources: [source], contracts }, connections })
    })
    afterAll(async () => {
      await room.end()
      await origin.close()
    })

    it.each(source.objects)('$name is extracted, passes the gate without a reject and is loaded', async object => {
      const args = { pipeline: object.name, connection: 'north', interval, closes: true }
      const writes = writtenBy(object, room.catalogue).map(rawName)
      const step = (job: string): Step => ({ id: job, job, args, after: [], writes, risk: 'financial' })
      room.token += 1
      const { counts } = (await extract.run(room, step('extract'))) as Report
      const report = (await load.run(room, step('load'))) as Report
      expect(await listRejects(room.opened, { limit: 3 })).toEqual([])
      expect(report.counts).toMatchObject({ in: counts?.in, rejected: 0, unclaimed: 0 })
      expect(report.counts?.in).toBeGreaterThan(100)
      expect(report.counts?.loaded).toBe(report.counts?.in)
    })
  })
}
