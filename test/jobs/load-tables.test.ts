import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { codes, type Delivered, inRooms, night, room, standing } from './delivered.ts'

inRooms()

const header = 'payment_id,order_id,invoice_id,paid_at,method,currency,amount,fee'
const row = (n: number, amount = '12.50'): string => `P-${n},${n},I-${n},2026-06-10T10:00:00Z,card,EUR,${amount},0.30`
const csv = (...rows: readonly string[]): Delivered => ({
  name: 'payments.csv',
  bytes: Buffer.from(rows.map(text => `${text}\n`).join('')),
})

describe('a CSV file', () => {
  it('is read by the names in its header, in whichever order they stand', async () => {
    const report = await night('payments', [
      csv(
        'amount,fee,payment_id,order_id,invoice_id,paid_at,method,currency',
        '12.50,0.30,P-1,1,I-1,2026-06-10T10:00:00Z,card,EUR',
      ),
    ])
    expect(report.counts).toEqual({ in: 1, loaded: 1, rejected: 0, unclaimed: 0 })
    expect(await standing('select amount from raw.erp_payment')).toEqual(['12.500000000'])
  })

  it('that lacks a column is refused whole', async () => {
    await expect(
      night('payments', [csv('payment_id,order_id,paid_at,method,currency,amount,fee', 'P-1,1,x,card,EUR,1,1')]),
    ).rejects.toThrow('the header lacks invoice_id')
  })

  it('with an unknown column keeps it in _extra and reports it', async () => {
    const report = await night('payments', [csv(`${header},terminal`, `${row(1)},T9`)])
    expect(await standing('select _extra from raw.erp_payment')).toEqual(['{"terminal":"T9"}'])
    expect(report.notes).toEqual(['unknown columns kept in _extra: erp.payment.terminal'])
  })

  it('with an open quote loses no record in silence', async () => {
    const file = csv(header, row(1), 'P-2,2,"I-2,2026-06-10T10:00:00Z,card,EUR,1.00,0.10', row(3))
    const outcome = await night('payments', [{ ...file, promised: { records: 3 } }]).then(
      report => report.counts,
      (fault: Error) => fault.message,
    )
    if (typeof outcome === 'string') expect(outcome).toContain('the source counted 3 records')
    else expect(outcome.in).toBe(3)
  })

  it('with a short line keeps the line as a reject', async () => {
    const report = await night('payments', [{ ...csv(header, row(1), 'P-2,2', row(3)), promised: { records: 3 } }])
    expect(report.counts).toMatchObject({ in: 3, loaded: 2, rejected: 1 })
    expect(await codes()).toEqual(['erp.payment null malformed'])
  })

  it('in which most lines are no rows stops the load', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => (n < 3 ? row(n + 1) : `P-${n},${n}`))
    await expect(night('payments', [csv(header, ...rows)])).rejects.toMatchObject({
      what: '37 of 40 records of erp.payment were rejected, and the limit is 1 %; the load was stopped',
      kind: 'guard',
    })
  })

  it('with a bad amount rejects the record by name', async () => {
    await night('payments', [csv(header, row(1), row(2, '"1.234,56"'))])
    expect(await codes()).toEqual(['erp.payment P-2 amount: form'])
  })

  it('that is gzipped is read as the text in it', async () => {
    const bytes = gzipSync(csv(header, row(1), row(2)).bytes)
    const report = await night('payments.gz', [{ name: 'payments.csv.gz', bytes, promised: { records: 2 } }])
    expect(report.counts.loaded).toBe(2)
  })

  it('that is empty is an open interval', async () => {
    await expect(night('payments', [{ name: 'payments.csv', bytes: Buffer.alloc(0) }])).rejects.toThrow(
      'not even a header',
    )
  })

  it('with a byte-order mark and carriage returns is read', async () => {
    const bytes = Buffer.from(`\ufeff${header}\r\n${row(1)}\r\n`)
    const report = await night('payments', [{ name: 'payments.csv', bytes }])
    expect(report.counts.loaded).toBe(1)
  })

  it('with invalid UTF-8 keeps the line as a reject or the interval open', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${header}\n${row(1)}\nP-2,2,I-`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(',2026-06-10T10:00:00Z,card,EUR,1,1\n'),
    ])
    const outcome = await night('payments', [{ name: 'payments.csv', bytes, promised: { records: 2 } }]).then(
      report => report.counts,
      (fault: Error) => fault,
    )
    if (outcome instanceof Error) expect(outcome.message).toMatch(/UTF-?8|unicode/i)
    else expect(outcome).toMatchObject({ loaded: 1, rejected: 1 })
  })

  it('whose manifest counted other records is an open interval', async () => {
    await expect(night('payments', [{ ...csv(header, row(1)), promised: { records: 2 } }])).rejects.toThrow(
      'the source counted 2 records, and 1 were read',
    )
  })
})

describe('a Parquet file', () => {
  const parquet = async (select: string): Promise<Delivered> => {
    const path = join(room.folder, 'made.parquet')
    await mkdir(room.folder, { recursive: true })
    await room.opened.local.run(`copy (${select}) to '${path}' (format parquet)`)
    return { name: 'payments.parquet', bytes: await readFile(path) }
  }
  const columns = (amount: string): string =>
    `select 'P-1' as payment_id, '1' as order_id, null::varchar as invoice_id, timestamptz '2026-06-10 10:00:00.123456+00' as paid_at, 'card' as method, 'EUR' as currency, ${amount} as amount, 0.3::decimal(10,2) as fee`

  it('of matching types is loaded without loss', async () => {
    await night('payments.parquet', [await parquet(columns('123456789012345.67::decimal(18,2)'))])
    expect(await room.opened.query({ sql: 'select amount, paid_at from raw.erp_payment' })).toEqual([
      { amount: '123456789012345.670000000', paid_at: '2026-06-10T10:00:00.123456Z' },
    ])
  })

  it('of other types is refused by column and type', async () => {
    await expect(night('payments.parquet', [await parquet(columns('12.5::double'))])).rejects.toThrow(
      'amount is DOUBLE',
    )
  })
})
