import { afterEach, beforeEach } from 'vitest'
import { payment } from '../../contracts/erp/payment.ts'
import { extract } from '../../jobs/extract.ts'
import type { Report, Step } from '../../jobs/job.ts'
import { load } from '../../jobs/load.ts'
import { contractsOf } from '../../jobs/load-parts.ts'
import { listRejects } from '../../jobs/rejects.ts'
import { dialect } from '../../jobs/sources/dialect.ts'
import type { Claim, Promised, Source, SourceObject } from '../../jobs/sources/source.ts'
import { rawRelation } from '../../models/warehouse/raw.ts'
import { orderClaims } from './gate/orders.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

/** A file as a source delivers it, and what was said of it. */
export interface Delivered {
  readonly name: string
  readonly bytes: Uint8Array
  readonly promised?: Promised
}

let delivered: readonly Delivered[] = []

/** What the source has from now on. */
export const deliver = (files: readonly Delivered[]): void => {
  delivered = files
}

const object = (
  name: string,
  { claims, ...written }: Pick<SourceObject, 'format' | 'dialect' | 'claims'>,
): SourceObject => ({
  name,
  ...written,
  claims,
  overlapMs: 0,
  changeSignal: 'none',
  async *extract(_, { land }) {
    for (const file of delivered) {
      const landed = await land(
        file.name,
        (async function* () {
          yield file.bytes
        })(),
      )
      yield { landed, promised: file.promised ?? {} }
    }
  },
})

const payments: Claim = {
  contract: payment,
  fields: {
    payment_id: 'payment_id',
    order_id: 'order_id',
    invoice_id: 'invoice_id',
    paid_at: 'paid_at',
    method: 'method',
    currency: 'currency',
    amount: 'amount',
    fee: 'fee',
  },
}
const source: Source = {
  name: 'shopify',
  objects: [
    object('orders', { format: 'ndjson', claims: orderClaims }),
    object('orders.gz', { format: 'ndjson', claims: orderClaims, dialect: dialect({ compression: 'gzip' }) }),
    object('payments', { format: 'csv', claims: [payments] }),
    object('payments.gz', { format: 'csv', claims: [payments], dialect: dialect({ compression: 'gzip' }) }),
    object('payments.parquet', { format: 'parquet', claims: [payments] }),
  ],
  check: async () => ({ account: 'north' }),
}

/** The room of the test that runs. */
export let room: TestRoom

/** Said once by each file: every test of it has a room. */
export function inRooms(): void {
  beforeEach(async () => {
    room = await testRoom({ catalogue: { sources: [source] }, connections: [connection('north')] })
  })
  afterEach(() => room.end())
}

export const day = (n: number): { from: string; to: string } => ({
  from: `2026-06-${10 + n}T02:00:00.000000Z`,
  to: `2026-06-${11 + n}T02:00:00.000000Z`,
})

/** Extracts and loads what is delivered for a night; once more where it says when that was asked for. */
export async function night(
  pipeline: string,
  files: readonly Delivered[],
  which: number | { readonly day: number; readonly asked: string } = 0,
): Promise<Report> {
  delivered = files
  const { day: n, asked } = typeof which === 'number' ? { day: which, asked: undefined } : which
  const once = asked === undefined ? {} : { asked }
  const args = { pipeline, connection: 'north', interval: day(n), closes: asked === undefined, ...once }
  const step = (job: string, writes: readonly string[]): Step => ({
    id: job,
    job,
    args,
    after: [],
    writes,
    risk: 'financial',
  })
  await extract.run(room, step('extract', []))
  const writes = pipeline.startsWith('orders') ? contractsOf(orderClaims).map(rawRelation) : ['raw.erp_payment']
  return load.run(room, step('load', writes))
}

export const lines = (...records: readonly unknown[]): Uint8Array =>
  Buffer.from(records.map(record => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join(''))
export const orders = (...records: readonly unknown[]): Delivered => ({
  name: 'orders.jsonl',
  bytes: lines(...records),
})
export const standing = async (sql: string): Promise<readonly unknown[]> =>
  (await room.opened.query({ sql })).map(row => Object.values(row)[0])
export const orderIds = (): Promise<readonly unknown[]> =>
  standing(`select legacy_id from raw.storefront_order order by legacy_id`)
export const codes = async (): Promise<readonly string[]> =>
  (await listRejects(room.opened, { limit: 100 }))
    .map(reject => `${reject.contract} ${reject.key} ${reject.codes}`)
    .sort()
