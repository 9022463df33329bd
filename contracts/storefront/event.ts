import { integer, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'

/**
 * One event that the storefront told of, and the handshake that it was told by: when it happened, when it was received, and when it was
 * acknowledged, after it had been written durably. When it was judged and loaded stands with its load. One act of a merchant may be told of under one
 * id by several topics, and of several subjects: Shopify's sources disagree on that. No share of rejects stops a load:
 * an event is told once, and one of a form that nobody knew must not hold up all others.
 */
export const event = contract('storefront.event', {
  version: 2,
  key: ['event_id', 'topic', 'subject_id'],
  changed: 'received_at',
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 1, atLeast: 0 },
  row: {
    event_id: text('the id of an event', '[0-9A-Za-z-]{8,64}'),
    topic: text('a topic such as orders/updated or customer.tags_added', '[a-z0-9_]+[/.][a-z0-9_]+'),
    /** Empty where the event names none. */
    subject_id: text('a global id, or nothing', '(gid://shopify/[A-Za-z]+/[0-9A-Za-z_-]+(\\?[0-9A-Za-z_=&-]+)?)?'),
    emitted_at: nullable(utc()),
    received_at: utc(),
    acknowledged_at: nullable(utc()),
    /** How often it has been delivered so far. */
    attempts: integer(),
  },
  rules: [notBefore('acknowledged_at', 'received_at')],
})
