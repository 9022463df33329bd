import type { Connection } from '../contracts/connection.ts'
import type { Json } from '../contracts/context.ts'
import { landFile } from '../jobs/landing.ts'
import { shopify } from '../jobs/sources/shopify/shopify.ts'

// Lands the orders of a shop in a process of its own, and says how long that took and how much memory it held at most.
const [url = '', token = '', folder = ''] = process.argv.slice(2)
const connection: Connection = {
  name: 'north',
  system: 'shopify',
  brand: '',
  region: '',
  currency: 'EUR',
  timeZone: 'UTC',
  endpoint: url,
  account: '',
  secrets: { token },
  since: '2026-01-01T00:00:00.000000Z',
}
const memory = new Map<string, Json>()
const ctx = {
  now: () => new Date('2026-06-30T03:00:00Z'),
  fetch: (to: string, init?: RequestInit) => fetch(to, init),
  secret: (reference: string) => reference,
  hide: () => undefined,
  log: () => undefined,
  sleep: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)),
  signal: new AbortController().signal,
  resume: {
    get: async (name: string) => memory.get(name),
    set: async (name: string, value: Json | undefined) => void (value !== undefined && memory.set(name, value)),
  },
}
const orders = shopify.objects.find(({ name }) => name === 'storefront.orders')
const interval = { from: connection.since, to: '2026-06-30T03:00:00.000000Z' }
let peak = 0
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss)
}, 50)
const request = { connection, interval, land: landFile.bind(undefined, { folder, format: 'ndjson' }) }

async function extracted(): Promise<{ readonly seconds: number; readonly records: number; readonly bytes: number }> {
  const began = performance.now()
  let [records, bytes] = [0, 0]
  for await (const { landed } of orders?.extract(ctx, request) ?? []) {
    records += landed.lines ?? 0
    bytes += landed.bytes
  }
  return { seconds: (performance.now() - began) / 1000, records, bytes }
}

// The second time the operation is known and has ended: what is measured is ours, and not the shop's.
await extracted()
const again = await extracted()
clearInterval(watch)
process.stdout.write(JSON.stringify({ ...again, peak: peak / 1e6 }))
