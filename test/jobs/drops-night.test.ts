import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { invoice } from '../../contracts/erp/invoice.ts'
import { decimalComma, localInstant, upper } from '../../contracts/forms.ts'
import { extract } from '../../jobs/extract.ts'
import type { Report, Step } from '../../jobs/job.ts'
import { load } from '../../jobs/load.ts'
import { listRejects } from '../../jobs/rejects.ts'
import { sample } from '../../jobs/sample.ts'
import { dialect } from '../../jobs/sources/dialect.ts'
import { checkDrop, type DropObject, dropObject } from '../../jobs/sources/files.ts'
import { claimOf, type Source } from '../../jobs/sources/source.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

const zstd = dialect({
  compression: 'zstd',
  encoding: 'windows-1252',
  delimiter: ';',
  nulls: ['-'],
  trailer: /Summe;(?<rows>\d+)/,
})
const terms: DropObject = {
  name: 'erp.invoices',
  claim: claimOf(invoice, {
    fields: {
      invoice_id: 'Beleg',
      order_id: 'Auftrag',
      order_name: 'Bezug',
      invoiced_at: 'Datum',
      currency: 'Währung',
      net: 'Netto',
      tax: 'Steuer',
      total: 'Brutto',
      status: 'Status',
    },
    forms: {
      invoiced_at: localInstant({ zone: 'Europe/Berlin', date: 'dmy.' }),
      currency: upper,
      net: decimalComma('.'),
      tax: decimalComma('.'),
      total: decimalComma('.'),
    },
  }),
  match: /^Rechnungen \d{8}\.csv$/,
  format: 'csv',
  dialect: zstd,
  complete: { by: 'trailer' },
}
const rechnungen = dropObject(terms)
const erp: Source = { name: 'erp', objects: [rechnungen], check: checkDrop }

let room: TestRoom
let folder: string
beforeEach(async () => {
  room = await testRoom({ catalogue: { sources: [erp] } })
  folder = join(room.folder, 'drop')
  await mkdir(folder)
  const north = connection('north', { system: 'erp', endpoint: folder })
  room = { ...room, environment: { ...room.environment, connections: [north] } }
})
afterEach(() => room.end())

const header = 'Beleg;Auftrag;Bezug;Datum;Währung;Netto;Steuer;Brutto;Status;Prüfer'
const row = (n: number, brutto = '1.190,00'): string =>
  `RE-${n};${n};-;0${n}.06.2026 04:00;eur;1.000,00;190,00;"${brutto}";open;Groß`

const textOf = (rows: readonly string[], said = rows.length): Buffer =>
  Buffer.from(`${[header, ...rows].join('\r\n')}\r\nSumme;${said}\r\n`, 'latin1')

async function send(n: number, rows: readonly string[], at: string, said?: number): Promise<void> {
  const path = join(folder, `Rechnungen 2026060${n}.csv.zst`)
  await writeFile(path, zstdCompressSync(textOf(rows, said)))
  await utimes(path, new Date(at), new Date(at))
}

const day = (from: number, to = from + 1) => ({
  from: `2026-06-0${from}T02:00:00.000000Z`,
  to: `2026-06-0${to}T02:00:00.000000Z`,
})

async function night(interval: { readonly from: string; readonly to: string }): Promise<Report> {
  const args = { pipeline: 'erp.invoices', connection: 'north', interval, closes: true }
  const step: Step = { id: 'load', job: 'load', args, after: [], writes: ['raw.erp_invoice'], risk: 'financial' }
  room.token += 1
  await extract.run(room, { ...step, job: 'extract', writes: [] })
  return load.run(room, step)
}

const standing = (columns: string): Promise<readonly unknown[]> =>
  room.opened.query({ sql: `select ${columns} from raw.erp_invoice order by invoice_id` })

it('a file in the ERP’s own hand is loaded in ours', async () => {
  await send(1, [row(1), row(2, '1190.00'), row(3, '2.380,50')], '2026-06-01T12:00:00Z')
  expect((await night(day(1))).counts).toMatchObject({ in: 3, loaded: 2, rejected: 1 })
  expect(await standing('invoice_id, order_name, invoiced_at, currency, total, _extra')).toEqual([
    {
      invoice_id: 'RE-1',
      order_name: null,
      invoiced_at: '2026-06-01T02:00:00.000000Z',
      currency: 'EUR',
      total: '1190.000000000',
      _extra: '{"Prüfer":"Groß"}',
    },
    expect.objectContaining({ invoice_id: 'RE-3', total: '2380.500000000' }),
  ])
  expect(await listRejects(room.opened, { limit: 9 })).toMatchObject([{ key: 'RE-2', codes: 'total: form' }])
})

it('a sample of it is judged as it is written, its trailer included', async () => {
  await writeFile(join(folder, 'Rechnungen 20260601.csv'), textOf([row(1), row(2, '1190.00')]))
  const noon = new Date('2026-06-29T12:00:00Z')
  await utimes(join(folder, 'Rechnungen 20260601.csv'), noon, noon)
  const object = dropObject({ ...terms, dialect: { ...zstd, compression: 'none' } })
  const [north] = room.environment.connections
  if (north === undefined) throw new Error('there is no connection')
  const { accepted, rejected } = await sample(room, { object, connection: north, limit: 1 })
  expect(accepted.flatMap(({ rows }) => rows)).toMatchObject([{ invoice_id: 'RE-1', total: '1190.00' }])
  expect(rejected).toMatchObject([{ record: 'RE-2' }])
})

it('a trailer that counts other records than there are leaves the interval open', async () => {
  await send(1, [row(1)], '2026-06-01T12:00:00Z', 2)
  await expect(night(day(1))).rejects.toThrow('the source counted 2 records, and 1 were read')
})

it('a file that is delivered again with other bytes wins, and with the same bytes is not loaded again', async () => {
  await send(1, [row(1)], '2026-06-01T12:00:00Z')
  await night(day(1))
  await send(1, [row(1, '1.200,00')], '2026-06-02T12:00:00Z')
  expect((await night(day(2))).counts).toMatchObject({ in: 1, loaded: 1 })
  expect(await standing('total')).toEqual([{ total: '1200.000000000' }])
  await send(1, [row(1, '1.200,00')], '2026-06-03T12:00:00Z')
  expect((await night(day(3))).counts).toMatchObject({ in: 0, loaded: 0 })
})

it('a file that came late is not lost where the interval that took it could not be loaded', async () => {
  await night(day(1))
  await send(1, [row(1)], '2026-05-30T12:00:00Z')
  await send(2, [row(2)], '2026-06-02T12:00:00Z', 7)
  await expect(night(day(2))).rejects.toThrow('the source counted 7 records')
  await send(2, [row(2)], '2026-06-02T13:00:00Z')
  expect((await night(day(2, 4))).counts).toMatchObject({ in: 2, loaded: 2 })
})
