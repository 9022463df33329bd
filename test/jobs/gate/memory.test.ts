import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { id, money, utc } from '../../../contracts/columns.ts'
import { contract } from '../../../contracts/contract.ts'
import { gate } from '../../../jobs/gate/gate.ts'
import { landFile } from '../../../jobs/landing.ts'
import { claimOf } from '../../../jobs/sources/source.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'

const thing = contract('test.thing', {
  version: 1,
  key: ['thing_id'],
  changed: 'updated_at',
  risk: 'analytical',
  authority: 'test',
  rejectLimit: { share: 1, atLeast: 1 },
  row: { thing_id: id('Thing'), updated_at: utc(), amount: money() },
  rules: [],
})
const claim = claimOf(thing, {
  kind: 'Thing',
  fields: { thing_id: 'id', updated_at: 'updatedAt', amount: 'amount' },
})

const records = 10_000
/** Sixty columns that nobody knows, and one that no other record has. */
const unknown = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [`custom_field_${n}`, `a value of the field ${n}`]),
)

async function* lines(): AsyncGenerator<Uint8Array> {
  for (let n = 1; n <= records; n += 1) {
    const record = { id: `gid://shopify/Thing/${n}`, updatedAt: '2026-06-29T02:00:00Z', amount: '1.00' }
    yield Buffer.from(`${JSON.stringify({ ...record, ...unknown, [`own_${n}`]: n })}\n`)
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What this process holds on to, once what it has dropped is collected; the engine's own memory is not in it. */
function held(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

it('records that each bring columns of their own are all kept, in little memory (dlt#2928)', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'memory-'))
  const warehouse = await openDuckdb(':memory:')
  try {
    await warehouse.local.run(`attach if not exists ':memory:' as gate`)
    const { name, ...landed } = await landFile({ folder: scratch, format: 'ndjson' }, 'things.jsonl', lines())
    const before = held()
    let [most, looks] = [0, 0]
    const watch = setInterval(() => {
      most = Math.max(most, held() - before)
      looks += 1
    }, 250)
    const file = {
      ...landed,
      path: join(scratch, name),
      format: 'ndjson',
      claims: [claim],
      prefix: 'm',
      offset: 0,
      scratch,
    } as const
    const { stages } = await gate(warehouse.local, file)
    clearInterval(watch)
    expect(stages[0]?.made).toBe(records)
    const kept = `select count(*) as n from ${stages[0]?.relation} where len(json_keys(_extra)) = 61`
    expect(await warehouse.local.query(kept)).toEqual([{ n: BigInt(records) }])
    expect(looks).toBeGreaterThan(3)
    expect(most).toBeLessThan(landed.bytes)
  } finally {
    await warehouse.close()
    await rm(scratch, { recursive: true })
  }
}, 30_000)
