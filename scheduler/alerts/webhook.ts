import { moneys } from '../../contracts/decimal.ts'
import type { Message } from './message.ts'
import { posted, refused, type Way } from './way.ts'

/** A POST of JSON to whoever takes it: every status from 200 to 299 says that it was taken. */
export const webhook: Way = async (to, message) => {
  const { status, waitMs } = await posted(to, webhookBody(message), { 'idempotency-key': message.once })
  if (status >= 200 && status < 300) return
  throw refused(to.route, `the webhook answered ${status}`, {
    hint: 'See at the other end why it does not take alerts; it is tried again.',
    waitMs,
  })
}

/** The shape that docs/operating.md promises. A field may be added under the same version; none is taken away or means something else. */
const webhookBody = (message: Message): object => ({
  version: 1,
  id: message.id,
  state: message.state,
  reminder: message.reminder,
  environment: message.environment,
  kind: message.kind,
  risk: message.risk,
  owner: message.owner ?? null,
  what: message.what,
  where: message.where,
  since: message.since,
  openedAt: message.openedAt,
  recoveredAt: message.recoveredAt ?? null,
  counts: message.counts,
  atRisk: moneys(message.atRisk),
  hint: message.hint,
  next: message.next,
})
