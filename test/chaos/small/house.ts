import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import { lineRecord, orderRecord } from '../../jobs/gate/orders.ts'
import { type Listening, listening } from '../../jobs/sources/paged-vendor.ts'
import { type ToyProject, toyProject, toySettings } from '../../scheduler/toy/project.ts'
import { warehouseOf } from '../../warehouses.ts'
import { historyOf, loadedIn } from '../history.ts'
import { breachesOf } from '../oracle.ts'
import { scores } from './catalogue.ts'
import type { Death } from './deadly.ts'

/** A shop that answers for a house of one pipeline, one model and one sync. */
export const startShop = (): Promise<Listening> =>
  listening(
    createServer((_, response) => {
      const records = Array.from({ length: 40 }, (_, n) => [order(n + 1), lineRecord(n + 1)]).flat()
      response.setHeader('x-records', records.length)
      for (const record of records) response.write(`${JSON.stringify(record)}\n`)
      response.end()
    }),
  )

function order(n: number): object {
  const { transactions: _, refunds: __, fulfillments: ___, ...plain } = orderRecord(n)
  return plain
}

export interface SmallHouse {
  readonly project: ToyProject
  /** Works on the night in a process of its own; the signal that ended it, if one did. */
  works(death?: Death): Promise<NodeJS.Signals | null>
  /** What the last process crossed, in order. */
  crossed(): readonly string[]
  warehouse(): Promise<readonly string[]>
  /** The newest value of each record at the place to which it was pushed. */
  pushed(): readonly string[]
  breaches(): Promise<readonly string[]>
}

export function smallHouse(shop: Listening): SmallHouse {
  const project = toyProject([], { main: join(import.meta.dirname, 'main.ts') })
  const { root } = project
  const folder = join(root, 'pushed')
  for (const path of [folder, join(root, 'models', 'marts')]) mkdirSync(path, { recursive: true })
  writeFileSync(join(root, 'models', 'marts', 'scores.sql'), scores)
  const { north } = toySettings.connections
  const { toy } = toySettings.environments
  project.config({
    ...toySettings,
    connections: {
      north: { ...north, endpoint: shop.url },
      folder: { ...north, system: 'file', endpoint: folder, account: 'pushed' },
    },
    environments: { toy: { ...toy, warehouse: { kind: 'duckdb', path: '.boomerang/warehouse.duckdb', threads: 1 } } },
  })
  const log = join(root, 'boundaries.log')
  return {
    project,
    async works({ at, side } = { at: 0, side: 'before' }) {
      rmSync(log, { force: true })
      const { signal, code, err } = await project.apart(String(at), side)
      if (signal === null && code !== 0) throw new Error(err)
      return signal
    },
    crossed: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []),
    warehouse: () => warehouseOf(root),
    pushed: () =>
      existsSync(join(folder, 'changes.ndjson'))
        ? [...new Set(readFileSync(join(folder, 'changes.ndjson'), 'utf8').split('\n').filter(Boolean))].toSorted()
        : [],
    async breaches() {
      const warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
      const stands = await loadedIn(warehouse).finally(() => warehouse.close())
      return project.withState(async state => breachesOf(await historyOf(state, stands)))
    },
  }
}
