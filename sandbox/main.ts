import { serve } from './serve.ts'

const [dir = '', orders = '', seed = '', polls = '', idle = ''] = process.argv.slice(2)
await serve({ dir, orders: Number(orders), seed: Number(seed), polls: Number(polls), idleMs: Number(idle) * 60_000 })
