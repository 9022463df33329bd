import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { dayRows } from './books.ts'
import { today } from './calendar.ts'
import { levels } from './products.ts'
import { type Shop, type ShopName, shopNames, shops } from './shops.ts'
import { days, historyDays, historyStart, isoOf, nowOf, type World, writeWhole } from './world.ts'

export const dropFolder = (dir: string, system: 'erp' | 'wms', shop: ShopName): string => join(dir, system, shop)

const headers = {
  invoices: 'invoice_id,order_id,order_name,invoice_date,currency,net,tax,total,status',
  refunds: 'credit_note_id,invoice_id,order_id,issued_at,currency,amount',
  payments: 'payment_id,order_id,invoice_id,paid_at,method,currency,amount,fee',
  stock: 'sku,location,on_hand,reserved,available,counted_at',
} as const

/** Writes every file that is due by now and does not lie there yet. */
export function writeDrops(dir: string, world: World): void {
  for (const name of shopNames) {
    writeBooks(dropFolder(dir, 'erp', name), world, shops[name])
    writeStock(dropFolder(dir, 'wms', name), world, shops[name])
  }
}

/** Days of one file: the history by weeks, then day by day. */
function filesOf(world: World): readonly { readonly first: number; readonly last: number }[] {
  const files: { first: number; last: number }[] = []
  for (let first = 0; first < today(world); ) {
    const last = first < historyDays - 7 ? first + 6 : first
    files.push({ first, last })
    first = last + 1
  }
  return files
}

function writeBooks(folder: string, world: World, shop: Shop): void {
  for (const { first, last } of filesOf(world)) {
    const rows = { invoices: [] as string[], refunds: [] as string[], payments: [] as string[] }
    const date = isoOf(historyStart + days(last)).slice(0, 10)
    const wanted = (['invoices', 'refunds', 'payments'] as const).filter(
      kind => deliveredAt(kind, last) <= nowOf(world) && !existsSync(join(folder, `${kind}-${date}.csv`)),
    )
    if (wanted.length === 0) continue
    for (let day = first; day <= last; day += 1) {
      const found = dayRows(world, shop, day)
      for (const kind of wanted) rows[kind].push(...found[kind])
    }
    for (const kind of wanted)
      writeDrop(folder, `${kind}-${date}.csv`, { header: headers[kind], rows: rows[kind], at: deliveredAt(kind, last) })
  }
}

/** Half an hour after midnight; every fifth day's payments come a day late. */
const deliveredAt = (kind: string, day: number): number =>
  historyStart + days(day + 1) + 1_800_000 + (kind === 'payments' && day >= historyDays && day % 5 === 2 ? days(1) : 0)

export const oversold = [3, 7] as const
export const unknownSku = 'ZZ999-X'
export const badShelf = 20

/** One full count a day, an hour before the night. */
function writeStock(folder: string, world: World, shop: Shop): void {
  const at = nowOf(world) - 2 * 3_600_000
  const name = `stock-${isoOf(at).slice(0, 10)}.csv`
  if (existsSync(join(folder, name))) return
  const rows = levels(world, shop).map(({ variant, location, available, committed, index }) => {
    const short = oversold.some(each => each === index)
    const onHand = index === badShelf ? '4 pcs' : String(short ? available - 4 : available + committed)
    return [variant.sku, location.name, onHand, committed, short ? available - 4 : available, isoOf(at)].join(',')
  })
  rows.push([unknownSku, shop.locations[0]?.name, 3, 0, 3, isoOf(at)].join(','))
  writeDrop(folder, name, { header: headers.stock, rows, at })
}

function writeDrop(
  folder: string,
  name: string,
  { header, rows, at }: { readonly header: string; readonly rows: readonly string[]; readonly at: number },
): void {
  mkdirSync(folder, { recursive: true })
  const text = `${[header, ...rows].join('\n')}\n`
  const manifest = {
    file: name,
    rows: rows.length,
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    created_at: isoOf(at),
  }
  for (const [file, content] of [
    [name, text],
    [`${name}.manifest.json`, `${JSON.stringify(manifest)}\n`],
  ] as const) {
    writeWhole(join(folder, file), content)
    utimesSync(join(folder, file), at / 1000, at / 1000)
  }
}
