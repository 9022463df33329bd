import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { join } from 'node:path'

export interface Taken {
  readonly sent: number
  readonly acknowledged: number
  /** Milliseconds from the moment at which an event was due to its acknowledgment. */
  readonly p50: number
  readonly p99: number
  /** Events a second, as they were acknowledged. */
  readonly rate: number
}

const secret = 'shpss_bench_secret'
const body = JSON.stringify({
  id: 6100000000050,
  admin_graphql_api_id: 'gid://shopify/Order/6100000000050',
  line_items: Array.from({ length: 3 }, (_, n) => ({
    id: n,
    title: 'A thing with a name',
    quantity: 1,
    price: '12.50',
  })),
})
const signature = createHmac('sha256', secret).update(body).digest('base64')

/** Sends events at an even pace, whether or not they are answered, to a receiver in a process of its own. */
export async function takeIn(
  folder: string,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Taken> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'take-in.ts'), folder, secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  const agent = new Agent({ keepAlive: true, maxSockets: 128 })
  const took: number[] = []
  const pending: Promise<void>[] = []
  const began = performance.now()
  for (let sent = 0; sent < rate * seconds; ) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - began) / 1000) * rate))
    for (; sent < due; sent += 1)
      pending.push(post(Number(port), agent, { id: sent, due: began + (sent / rate) * 1000, took }))
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  await Promise.all(pending)
  const lasted = (performance.now() - began) / 1000
  agent.destroy()
  child.kill('SIGTERM')
  await once(child, 'exit')
  took.sort((a, b) => a - b)
  const at = (share: number): number => took[Math.floor(took.length * share)] ?? Number.NaN
  return { sent: pending.length, acknowledged: took.length, p50: at(0.5), p99: at(0.99), rate: took.length / lasted }
}

interface Sent {
  readonly id: number
  readonly due: number
  readonly took: number[]
}

function post(port: number, agent: Agent, { id, due, took }: Sent): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-shopify-topic': 'orders/updated',
    'x-shopify-event-id': `event-${String(id).padStart(8, '0')}`,
    'x-shopify-triggered-at': new Date().toISOString(),
    'x-shopify-hmac-sha256': signature,
  }
  return new Promise(resolve => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/hooks/north', method: 'POST', headers, agent },
      response => {
        response.resume()
        response.on('end', () => {
          if (response.statusCode === 200) took.push(performance.now() - due)
          resolve()
        })
      },
    )
    asked.on('error', () => resolve())
    asked.end(body)
  })
}
