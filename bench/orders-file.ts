import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const bag = (amount: string): string => `{"shopMoney":{"amount":"${amount}"}}`
const bags = [
  'subtotalPriceSet',
  'totalTaxSet',
  'totalDiscountsSet',
  'totalShippingPriceSet',
  'totalPriceSet',
  'currentTotalPriceSet',
  'totalReceivedSet',
  'totalRefundedSet',
]

/** Writes orders as a storefront's bulk result holds them, without their lists; one in a thousand is bad. */
export async function writeOrders(path: string, orders: number): Promise<void> {
  const file = createWriteStream(path)
  let text = ''
  for (let n = 0; n < orders; n += 1) {
    text += `${orderLine(n)}\n`
    if (text.length > 1 << 20) {
      if (!file.write(text)) await once(file, 'drain')
      text = ''
    }
  }
  file.end(text)
  await once(file, 'finish')
}

function orderLine(n: number): string {
  const amount = (10 + (n % 9000) / 7).toFixed(2)
  const day = `2026-05-${String(1 + (n % 28)).padStart(2, '0')}T${String(n % 24).padStart(2, '0')}`
  const money = bags
    .map(name => `"${name}":${bag(name.includes('Refunded') || name.includes('Discounts') ? '0.0' : amount)}`)
    .join(',')
  return `{"id":"gid:\\/\\/shopify\\/Order\\/${5_000_000_000 + n}","legacyResourceId":"${5_000_000_000 + n}","name":"#${1000 + n}","customer":{"id":"gid:\\/\\/shopify\\/Customer\\/${700_000 + (n % 300_000)}"},"email":"c${n % 300_000}@example.com","createdAt":"${day}:11:12Z","updatedAt":"${day}:31:12Z","processedAt":"${day}:11:12Z","fulfillments":[{"createdAt":"${day}:21:12Z"}],"cancelledAt":null,"test":false,"currencyCode":"${n % 1000 === 7 ? 'EURO' : 'EUR'}","displayFinancialStatus":"PAID","displayFulfillmentStatus":"FULFILLED",${money},"shippingAddress":{"countryCodeV2":"DE","zip":"${10_000 + (n % 80_000)}"},"tags":["a","b"]}`
}
