import { instantOf } from '../../../../contracts/instant.ts'
import { extract, extractStepOf } from '../../../../jobs/extract.ts'
import type { Report } from '../../../../jobs/job.ts'
import { load, loadStepOf } from '../../../../jobs/load.ts'
import { contractsOf } from '../../../../jobs/load-parts.ts'
import { type BulkObject, bulkObject } from '../../../../jobs/sources/shopify/object.ts'
import type { Source, SourceObject } from '../../../../jobs/sources/source.ts'
import { intervalOf, pipelineKey } from '../../../../scheduler/planner/plan-night.ts'
import { connectionTo } from '../../../sinks/outside.ts'
import { type TestRoom, testRoom } from '../../room.ts'
import { type ScriptedShop, scriptedShop } from './scripted-shop.ts'

/** A scripted shop, and a house that reads it night after night, each from where the last one ended. */
export interface ShopNights {
  readonly room: TestRoom
  readonly shop: ScriptedShop
  /** Reads and loads what is due by the house's clock; undefined where nothing is. */
  night(pipeline: string, houseTime: Date): Promise<Report | undefined>
  /** Rows as text, their columns joined by blanks. */
  rows(sql: string): Promise<readonly string[]>
  end(): Promise<void>
}

/** The shop answers each bulk query with the records that `finds` gives for its search text and the list that it asks. */
export async function shopNights(
  objects: readonly BulkObject[],
  finds: (filter: string, list: string) => readonly object[],
): Promise<ShopNights> {
  const shop = await scriptedShop()
  shop.resultOf = query => finds(filterIn(query), listIn(query)).map(record => JSON.stringify(record))
  const source: Source = {
    name: 'shopify',
    objects: objects.map(bulkObject),
    check: async () => ({ account: 'north' }),
  }
  const contracts = contractsOf(source.objects.flatMap(({ claims }) => claims))
  const secrets = { token: 'a-static-token' }
  const connection = connectionTo(shop.url, { secrets, since: '2026-06-01T00:00:00.000000Z' })
  const room = await testRoom({ catalogue: { sources: [source], contracts }, connections: [connection] })
  const ends = new Map<string, string>()
  return {
    room,
    shop,
    async night(name, houseTime) {
      const object = source.objects.find(each => each.name === name) as SourceObject
      const pipeline = { connection, source, object }
      const interval = intervalOf(ends, { pipeline: name, connection, at: instantOf(houseTime) })
      if (interval === undefined) return undefined
      room.token += 1
      const tonight = { ...room, now: () => houseTime }
      await extract.run(tonight, extractStepOf(pipeline, { interval }))
      const report = await load.run(tonight, loadStepOf(pipeline, room.catalogue, { interval }))
      ends.set(pipelineKey(name, connection.name), interval.to)
      return report
    },
    rows: async sql => (await room.opened.query({ sql })).map(row => Object.values(row).join(' ')),
    async end() {
      await room.end()
      await shop.close()
    },
  }
}

const filterIn = (query: string): string => /query: "((?:[^"\\]|\\.)*)"/.exec(query)?.[1]?.replaceAll('\\"', '"') ?? ''
const listIn = (query: string): string => /\{\s*(\w+)/.exec(query)?.[1] ?? ''
