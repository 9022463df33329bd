import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { currency, decimal, flag, id, money, text, utc } from '../../../contracts/columns.ts'
import { contract } from '../../../contracts/contract.ts'
import * as forms from '../../../contracts/forms.ts'
import { gate } from '../../../jobs/gate/gate.ts'
import type { Gated, GateFile } from '../../../jobs/gate/gated.ts'
import { verdictOf } from '../../../jobs/gate/verdict.ts'
import { landFile } from '../../../jobs/landing.ts'
import { type Claim, claimOf } from '../../../jobs/sources/source.ts'
import type { Local } from '../../../models/warehouse/warehouse.ts'
import { hostileCells, hostileTexts } from './hostile.ts'
import { memoryLocal } from './local.ts'
import { asText, judgedAlone, standing } from './standing.ts'

const written = contract('test.written', {
  version: 1,
  key: ['key'],
  changed: 'zoned',
  risk: 'analytical',
  authority: 'test',
  rejectLimit: { share: 1, atLeast: 1 },
  row: {
    key: text('a key'),
    zoned: utc(),
    naive: utc(),
    epoch: utc(),
    berlin: utc(),
    new_york: utc(),
    comma: money(),
    grouped: money(),
    number: decimal(8),
    currency: currency(),
    flag: flag(),
    order_id: id('Order'),
    line: text('a line', '[^?]+'),
  },
  rules: [],
})
const columns = Object.keys(written.row) as readonly (keyof typeof written.row)[]

const claim = claimOf(written, {
  fields: Object.fromEntries(columns.map(column => [column, column])) as Record<keyof typeof written.row, string>,
  forms: {
    zoned: forms.offsetInstant,
    naive: forms.naiveUtc,
    epoch: forms.epochSeconds,
    berlin: forms.localInstant({ zone: 'Europe/Berlin', date: 'dmy.' }),
    new_york: forms.localInstant({ zone: 'America/New_York', date: 'mdy/' }),
    comma: forms.decimalComma(),
    grouped: forms.decimalComma('.'),
    number: forms.jsonNumber,
    currency: forms.upper,
    flag: forms.flagOf('T', 'F'),
    order_id: forms.gidOf('Order'),
    line: forms.withoutQuery,
  },
})

const good: Readonly<Record<keyof typeof written.row, string>> = {
  key: '"k"',
  zoned: '"2026-06-30T04:00:00.25+02:00"',
  naive: '"2026-06-30T02:00:00"',
  epoch: '1782784800',
  berlin: '"30.06.2026 04:00"',
  new_york: '"06/29/2026 22:00:00"',
  comma: '"1234,56"',
  grouped: '"1.234,56"',
  number: '1234.56',
  currency: '"eur"',
  flag: '"T"',
  order_id: '450789469',
  line: '"gid://shopify/Line/1?checkout=token&index=0"',
}

/** What each form has trouble with, beside what everything has trouble with. */
const trouble = [
  '"2026-06-30T04:00:00+14:30"',
  '"2026-06-30T04:00:00-15:00"',
  '"2026-02-30T04:00:00+01:00"',
  '"2026-12-31T23:59:59.999999-11:30"',
  '"2026-06-30 04:00:00"',
  '"2026-06-31 04:00:00"',
  '"29.03.2026 01:59:59"',
  '"29.03.2026 02:30"',
  '"29.03.2026 03:00"',
  '"25.10.2026 02:30"',
  '"25.10.2026 03:00:00"',
  '"25.10.2026 06:00:00"',
  '"31.02.2026 12:00"',
  '"11/01/2026 01:30"',
  '"03/08/2026 02:30"',
  '"03/08/2026 03:30"',
  '"30/06/2026 04:00"',
  '"1.234"',
  '"1.23"',
  '"1.234.567,8"',
  '"1234.56"',
  '"-12,5"',
  '"1,2,3"',
  '"01,5"',
  '1e2',
  '1e-3',
  '12.50',
  '0.1234567890123456',
  '12.5000000000000000000',
  '123456789012345',
  '1234567890123456',
  '-0.0',
  '"Eur"',
  '"ß"',
  '"F"',
  '"f"',
  '0',
  '"450789469"',
  '"a?b?c"',
  '"?"',
  '"a?"',
  '"a?\\nb"',
  '9999999999',
  '99999999999',
  ...hostileTexts,
]

let local: Local
let folder: string
beforeAll(async () => {
  local = await memoryLocal()
  folder = await mkdtemp(join(tmpdir(), 'forms-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('a value in its declared form is read to the contract’s own', async () => {
  const gated = await gateText(line(good), { claims: [claim] })
  expect(await standing(local, gated)).toEqual([
    asText(written, {
      key: 'k',
      zoned: '2026-06-30T02:00:00.250000Z',
      naive: '2026-06-30T02:00:00.000000Z',
      epoch: '2026-06-30T02:00:00.000000Z',
      berlin: '2026-06-30T02:00:00.000000Z',
      new_york: '2026-06-30T02:00:00.000000Z',
      comma: '1234.56',
      grouped: '1234.56',
      number: '1234.56',
      currency: 'EUR',
      flag: 'true',
      order_id: 'gid://shopify/Order/450789469',
      line: 'gid://shopify/Line/1',
      _position: '0',
      _ordinal: '0',
    }),
  ])
})

it('query and judge read every form alike, whatever stands there', async () => {
  const lines = columns.flatMap(column => trouble.map(value => line({ ...good, [column]: value })))
  const gated = await gateText(lines.join(''), { claims: [claim] })
  const judged = judgedAlone(
    lines.map(text => Buffer.from(text.trimEnd())),
    [claim],
  )
  expect(judged.length).toBeGreaterThan(60)
  expect(await standing(local, gated)).toEqual(judged)
})

it('the query itself admits what is in its form: the judge need not read every line', async () => {
  const gated = await gateText(line(good).repeat(3), { claims: [claim] })
  expect(await local.query('select count(*) as n from gate."f_lines" where admitted')).toEqual([{ n: 3n }])
  expect(gated.delivered).toBe(3)
})

it('of a table, too', async () => {
  const cellsOf = (value: string): string => (value.startsWith('"') ? (JSON.parse(value) as string) : value)
  const table: Claim = { ...claim, forms: { ...claim.forms, number: forms.decimalComma(' ') } }
  const goodCells = { ...Object.fromEntries(columns.map(column => [column, cellsOf(good[column])])), number: '1 234,5' }
  const cells = [...hostileCells, ...trouble.slice(0, 40).map(cellsOf)].filter(cell => cell.isWellFormed())
  const rows = columns.flatMap(column => cells.map(cell => ({ ...goodCells, [column]: cell })))
  const csv = [columns, ...rows.map(row => Object.values(row))].map(
    row => `${row.map(cell => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`,
  )
  const gated = await gateText(csv.join(''), { claims: [table], format: 'csv' })
  const judged = rows.flatMap((row, position) => {
    const given = Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, cell === '' ? null : cell]))
    const verdict = verdictOf({ index: 0, claim: table }, { cells: given, ordinal: 0, extra: undefined })
    const place = { _position: String(position), _ordinal: '0' }
    return verdict.state === 'accepted' ? [asText(written, { ...verdict.cells, ...place })] : []
  })
  expect(judged.length).toBeGreaterThan(60)
  expect(await standing(local, gated)).toEqual(judged.sort())
})

it('a breach names what was promised and shows what came', async () => {
  const gated = await gateText(line({ ...good, grouped: '"1234.56"', berlin: '"25.10.2026 02:30"' }), {
    claims: [claim],
  })
  const [reject] = await local.query(`select breaches::varchar as breaches from ${gated.rejects}`)
  expect(JSON.parse(String(reject?.breaches))).toEqual([
    {
      column: 'berlin',
      code: 'form',
      allowed: 'a day and time of Europe/Berlin, such as 30.06.2026 04:00',
      found: '"25.10.2026 02:30"',
    },
    { column: 'grouped', code: 'form', allowed: 'a decimal with a comma, such as 1.234,56', found: '"1234.56"' },
  ])
})

const line = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([column, value]) => `"${column}":${value}`)
    .join(',')}}\n`

async function gateText(content: string, terms: Pick<GateFile, 'claims'> & Partial<GateFile>): Promise<Gated> {
  const name = terms.format === 'csv' ? 'rows.csv' : 'rows.jsonl'
  const bytes = (async function* () {
    yield Buffer.from(content)
  })()
  const { lines, longest } = await landFile({ format: 'ndjson', ...terms, folder }, name, bytes)
  const path = join(folder, name)
  return gate(local, { path, format: 'ndjson', lines, longest, prefix: 'f', offset: 0, scratch: folder, ...terms })
}
