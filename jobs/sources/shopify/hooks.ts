import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { instantOf } from '../../../contracts/instant.ts'
import { parsedJson } from '../../../contracts/parsed-json.ts'
import type { Hooks } from '../hooks.ts'

/**
 * Shopify's webhooks: signed with the app's client secret over the raw body, in base64; an event keeps its id over all deliveries.
 * Source: shopify.dev/docs/apps/build/webhooks, and shopify.dev/changelog/updates-to-webhook-retry-mechanism for the time it was triggered.
 */
export const shopifyHooks: Hooks = {
  genuine({ headers, body }, secret) {
    const given = Buffer.from(headers['x-shopify-hmac-sha256'] ?? '', 'base64')
    const right = createHmac('sha256', secret).update(body).digest()
    return given.length === right.length && timingSafeEqual(given, right)
  },
  read({ headers, body }) {
    const id = headers['x-shopify-event-id'] ?? headers['x-shopify-webhook-id']
    const topic = headers['x-shopify-topic']
    const read = payload.safeParse(parsedJson(body.toString('utf8')))
    if (id === undefined || !eventId.test(id) || topic === undefined || !read.success) return undefined
    const emitted = Date.parse(headers['x-shopify-triggered-at'] ?? '')
    return {
      id,
      topic,
      subject: read.data.admin_graphql_api_id ?? deletedIn(topic, body),
      emittedAt: Number.isNaN(emitted) ? null : instantOf(new Date(emitted)),
    }
  },
  wakes: ({ topic, subject }) => (topic === finished && subject !== null ? subject : undefined),
}

const finished = 'bulk_operations/finish'
/** As the contract of events has it: what is of another form could be told from no other event. */
const eventId = /^[0-9A-Za-z-]{8,64}$/

const payload = z.looseObject({ admin_graphql_api_id: z.string().nullish() })

/** The types behind the topics whose payload, at a deletion, is nothing but a number. */
const types: Readonly<Record<string, string>> = {
  orders: 'Order',
  customers: 'Customer',
  products: 'Product',
  collections: 'Collection',
  draft_orders: 'DraftOrder',
}

/** The digits as they are written: a double would lose the last of them. */
function deletedIn(topic: string, body: Buffer): string | null {
  const type = types[topic.replace(/\/.*/, '')]
  const digits = /^\s*\{\s*"id"\s*:\s*([1-9][0-9]{0,18})\s*[,}]/.exec(body.toString('utf8'))?.[1]
  return type === undefined || digits === undefined ? null : `gid://shopify/${type}/${digits}`
}
