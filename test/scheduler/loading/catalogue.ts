import { existsSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { extract } from '../../../jobs/extract.ts'
import type { Catalogue, Job } from '../../../jobs/job.ts'
import { load } from '../../../jobs/load.ts'
import type { Source } from '../../../jobs/sources/source.ts'
import type { Unit, Warehouse } from '../../../models/warehouse/warehouse.ts'
import { orderClaims } from '../../jobs/gate/orders.ts'

/** How a load ends, once, where `deed.txt` says so: its process is killed, or all that it would still have done is left undone. */
export type Deed = `${'dies' | 'breaks'} ${'before' | 'after'} the commit`

/** What a load that breaks throws: as little comes of it as of a process that died, but for the process. */
export const broken = new Error('broken')

const contracts = [order, orderLine]

/** An order of the shop as it last changed, and what is below it. */
export interface Has {
  readonly at: string
  readonly records: readonly object[]
}

/** A shop that has what stands in `shop.json` beside it, and gives of it what changed since the interval began. */
const shop: Source = {
  name: 'toy',
  objects: [
    {
      name: 'orders',
      format: 'ndjson',
      overlapMs: 0,
      changeSignal: 'at',
      claims: orderClaims.filter(({ contract }) => contracts.includes(contract as typeof order)),
      async *extract(_, { connection, interval, land }) {
        const has = JSON.parse(readFileSync(join(connection.endpoint, 'shop.json'), 'utf8')) as readonly Has[]
        const found = has.filter(({ at }) => at >= interval.from).flatMap(({ records }) => records)
        async function* bytes(): AsyncGenerator<Uint8Array> {
          for (const record of found) yield Buffer.from(`${JSON.stringify(record)}\n`)
        }
        yield { landed: await land('orders.jsonl', bytes()), promised: { records: found.length } }
      },
    },
  ],
  check: async () => ({ account: 'north' }),
}

const loadAsTold: Job = {
  ...load,
  run(room, step) {
    const deed = takeDeed(join(room.project.root, 'deed.txt'))
    if (deed === undefined) return load.run(room, step)
    return load.run(
      {
        ...room,
        warehouse: work => room.warehouse(real => work({ ...real, ...ending(real, deed, room.project.root) })),
      },
      step,
    )
  },
}

function takeDeed(path: string): Deed | undefined {
  if (!existsSync(path)) return undefined
  const deed = readFileSync(path, 'utf8') as Deed
  unlinkSync(path)
  return deed
}

function ending(warehouse: Warehouse, deed: Deed, root: string): Pick<Warehouse, 'apply'> {
  const end = (): never => {
    if (deed.startsWith('dies')) process.kill(process.pid, 'SIGKILL')
    throw broken
  }
  if (deed.endsWith('after the commit')) return { apply: unit => warehouse.apply(unit).then(end) }
  return { apply: unit => (deed.startsWith('dies') ? killedIn(warehouse, unit, root) : brokenIn(warehouse, unit)) }
}

/** Everything of the unit has been done but its commit, when the process is killed. */
function killedIn(warehouse: Warehouse, unit: Unit, root: string): ReturnType<Warehouse['apply']> {
  const marker = join(root, 'uncommitted')
  setInterval(() => existsSync(marker) && process.kill(process.pid, 'SIGKILL'), 5)
  const endless = [
    { sql: `copy (select 1) to '${marker}'` },
    { sql: 'select count(*) from range(100000000) as a(x), range(100000000) as b(y) where (x * y) % 7 = 3' },
  ]
  return warehouse.apply({ ...unit, statements: [...unit.statements, ...endless] })
}

const brokenIn = (warehouse: Warehouse, unit: Unit): ReturnType<Warehouse['apply']> =>
  warehouse.apply({ ...unit, audits: [{ name: 'it breaks', sql: 'select 1' }] }).catch(() => {
    throw broken
  })

export const loadingCatalogue: Catalogue = {
  contracts,
  sources: [shop],
  sinks: [],
  checks: [],
  syncs: [],
  jobs: [extract, loadAsTold],
}
