import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { erpRefund } from '../../../contracts/erp/refund.ts'
import { longestLine } from '../../../contracts/strict-json.ts'
import { gate } from '../../../jobs/gate/gate.ts'
import type { Gated, GateFile } from '../../../jobs/gate/gated.ts'
import { verdictOf } from '../../../jobs/gate/verdict.ts'
import { landFile } from '../../../jobs/landing.ts'
import type { Claim } from '../../../jobs/sources/source.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import type { Local } from '../../../models/warehouse/warehouse.ts'
import { faultOf } from '../../suite/warehouse.ts'
import { hostileCells, hostileLine } from './hostile.ts'
import { memoryLocal } from './local.ts'
import { orderClaims, orderRecord } from './orders.ts'
import { asText, judgedAlone, standing } from './standing.ts'

let local: Local
/** The same engine on one thread: it reads in another way. */
let alone: Local
let folder: string
beforeAll(async () => {
  ;[local, alone] = await Promise.all([memoryLocal(), memoryLocal(1)])
  folder = await mkdtemp(join(tmpdir(), 'gate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('what the gate lets through is what the judge alone accepts, with the same values, over thousands of hostile lines', async () => {
  const runs = Number(process.env.BOOMERANG_HOSTILE_RUNS ?? 12)
  const engines = [local, alone]
  const batch = fc.array(hostileLine, { minLength: 350, maxLength: 350 })
  await fc.assert(
    fc.asyncProperty(batch, async lines => {
      const bytes = Buffer.concat(lines.flatMap(line => [line, Buffer.from('\n')]))
      const engine = engines.reverse()[0] ?? local
      const gated = await gateBytes(bytes, {}, engine)
      expect(differences(await standing(engine, gated), judgedAlone(lines, orderClaims), lines)).toEqual([])
    }),
    { numRuns: runs, seed: 20260630, endOnFailure: true, reporter: firstDifference },
  )
}, 120_000)

const refunds: Claim = {
  contract: erpRefund,
  fields: Object.fromEntries(Object.keys(erpRefund.row).map(column => [column, column])),
}
const goodRow: Readonly<Record<string, string>> = {
  credit_note_id: 'CN-1',
  invoice_id: 'INV-1',
  order_id: '6100000000001',
  issued_at: '2026-05-01T00:11:12Z',
  currency: 'EUR',
  amount: '16.80',
}

it('of a table, too: every hostile cell in every column', async () => {
  const header = Object.keys(goodRow)
  const rows = header.flatMap(column => hostileCells.map(cell => ({ ...goodRow, [column]: cell })))
  const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`
  const text = [header, ...rows.map(row => Object.values(row).map(quoted))]
    .map(cells => `${cells.join(',')}\n`)
    .join('')
  const gated = await gateBytes(Buffer.from(text), { format: 'csv', claims: [refunds] })
  const judged = rows.flatMap((row, position) => {
    const cells = Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, cell === '' ? null : cell]))
    const verdict = verdictOf({ index: 0, claim: refunds }, { cells, ordinal: 0, extra: undefined })
    const place = { _position: String(position), _ordinal: '0' }
    return verdict.state === 'accepted' ? [asText(erpRefund, { ...verdict.cells, ...place })] : []
  })
  expect(gated.delivered).toBe(rows.length)
  expect(judged.length).toBeGreaterThan(rows.length / 20)
  expect(await standing(local, gated)).toEqual(judged.sort())
})

it('lines that are not those which landed are refused, and nothing is judged', async () => {
  const good = Buffer.from(`${JSON.stringify(orderRecord(1))}\n`)
  expect(await faultOf(gateBytes(good, { lines: 2 }))).toMatchObject({ what: '1 lines were read of the 2 that landed' })
})

it('a file that changes between query and judge is refused: the judge must see the line that was doubted', async () => {
  const bad = { ...orderRecord(2), updatedAt: 'yesterday' }
  const bytes = Buffer.from(`${JSON.stringify(orderRecord(1))}\n${JSON.stringify(bad)}\n`)
  const changing: Local = {
    ...local,
    async run(sql) {
      await local.run(sql)
      if (sql.includes('"f_doubts"'))
        await writeFile(join(folder, 'lines.jsonl'), `{}\n${JSON.stringify(orderRecord(22))}\n`)
    },
  }
  expect(await faultOf(gateBytes(bytes, {}, changing))).toMatchObject({
    what: 'the engine and the judge do not see the same line at position 1',
  })
})

it.each([1, 2, 4])(
  'a byte-order mark is named on %d threads, and not swallowed with the first record',
  async threads => {
    const bytes = Buffer.from(`\ufeff${[1, 2].map(n => `${JSON.stringify(orderRecord(n))}\n`).join('')}`)
    const engine = await openDuckdb(':memory:', { threads })
    try {
      await engine.local.run(`attach ':memory:' as gate`)
      const gated = await gateBytes(bytes, {}, engine.local)
      expect(gated.stages[0]?.staged).toBe(1)
      expect(await engine.local.query(`select contract, breaches::varchar as b from ${gated.rejects}`)).toEqual([
        { contract: 'unclaimed', b: expect.stringContaining('byte_order_mark') },
      ])
    } finally {
      await engine.close()
    }
  },
)

it('a good record on a line that is too long is doubted, as the judge does', async () => {
  const long = JSON.stringify(orderRecord(1)).replace(/\}$/, `${' '.repeat(longestLine)}}`)
  const gated = await gateBytes(Buffer.from(`${long}\n${JSON.stringify(orderRecord(2))}\n`))
  expect(gated.stages[0]?.made).toBe(1)
  expect(await local.query(`select breaches::varchar as b from ${gated.rejects}`)).toEqual([
    { b: expect.stringContaining('too_long') },
  ])
})

async function gateBytes(bytes: Buffer, terms: Partial<GateFile> = {}, engine = local): Promise<Gated> {
  const landed = await landFile(
    { format: 'ndjson', ...terms, folder },
    'lines.jsonl',
    (async function* () {
      yield bytes
    })(),
  )
  const { lines, longest } = landed
  return gate(engine, {
    path: join(folder, 'lines.jsonl'),
    format: 'ndjson',
    lines,
    longest,
    claims: orderClaims,
    prefix: 'f',
    offset: 0,
    scratch: folder,
    ...terms,
  })
}

/** What only one of the two accepted, with the line that it came from. */
function differences(gated: readonly string[], judged: readonly string[], lines: readonly Buffer[]): readonly string[] {
  const kept = lines.filter(line => !/^[ \t\r\v\f]*$/.test(line.toString('latin1')))
  const only = (who: string, these: readonly string[], those: readonly string[]): readonly string[] => {
    const others = new Set(those)
    return these
      .filter(text => !others.has(text))
      .map(text => `${who}: ${text}\n  from ${kept[Number(/"_position":"(\d+)"/.exec(text)?.[1])]}`)
  }
  return [...only('gate', gated, judged), ...only('judge', judged, gated)].slice(0, 1)
}

/** A counterexample of hundreds of lines helps nobody: the assertion has already named the line. */
function firstDifference<T>(details: fc.RunDetails<T>): void {
  if (details.failed) throw details.errorInstance
}
