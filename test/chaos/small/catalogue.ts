import type { Context } from '../../../contracts/context.ts'
import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { loyalty } from '../../../contracts/warehouse/loyalty.ts'
import { build } from '../../../jobs/build.ts'
import { extract } from '../../../jobs/extract.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { load } from '../../../jobs/load.ts'
import type { Source } from '../../../jobs/sources/source.ts'
import { sync } from '../../../jobs/sync.ts'
import type { Sync } from '../../../jobs/syncs/sync.ts'
import { fileSink } from '../../../sinks/file.ts'
import { orderClaims } from '../../jobs/gate/orders.ts'
import type { Boundaries } from './deadly.ts'

const contracts = [order, orderLine]

/** The model that is pushed: a score for each order's customer. */
export const scores = `/* @model
kind: table
doc: A score for each customer.
key: [connection, customer_id]
columns:
  connection: { doc: The shop }
  customer_id: { doc: The customer }
  loyalty_score: { doc: How many orders }
  as_of: { doc: As of when }
audits:
  - loyalty_score >= 1
*/
select _connection as connection, customer_id, count(*)::bigint as loyalty_score, $now as as_of
from raw.storefront_order
where customer_id is not null
group by all
`

const scoresToFile: Sync = {
  name: 'scores',
  risk: 'operational',
  contract: loyalty,
  model: 'marts.scores',
  sink: 'file',
  id: 'customer_id',
  fields: { loyalty_score: 'score' },
  asOf: 'as_of',
  budget: { share: 1, atLeast: 100 },
  route: () => [{ from: 'north', to: 'folder' }],
}

/** A shop behind a real line, whose every piece is a boundary. */
const shopOf = ({ crossing }: Boundaries): Source => ({
  name: 'toy',
  objects: [
    {
      name: 'orders',
      format: 'ndjson',
      overlapMs: 0,
      changeSignal: 'at',
      claims: orderClaims.filter(({ contract }) => contracts.includes(contract as typeof order)),
      async *extract(ctx, { connection, interval, land }) {
        const url = `${ctx.secret(connection.endpoint)}/orders?from=${interval.from}`
        const response = await crossing('ask', () => ctx.fetch(url))
        const records = Number(response.headers.get('x-records'))
        const landed = await crossing('land', () => land('orders.jsonl', pieces(response)))
        yield { landed, promised: { records } }
      },
    },
  ],
  check: async () => ({ account: 'north' }),
})

async function* pieces(response: Awaited<ReturnType<Context['fetch']>>): AsyncGenerator<Uint8Array> {
  for await (const piece of response.body ?? []) yield piece as Uint8Array
}

export const smallCatalogue = (boundaries: Boundaries): Catalogue => ({
  contracts,
  sources: [shopOf(boundaries)],
  sinks: [{ ...fileSink, deliver: (ctx, given) => boundaries.crossing('deliver', () => fileSink.deliver(ctx, given)) }],
  checks: [],
  syncs: [scoresToFile],
  jobs: [extract, load, build, sync],
})
