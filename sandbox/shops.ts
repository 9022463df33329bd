export const shopNames = ['north', 'south'] as const
export type ShopName = (typeof shopNames)[number]

export interface Shop {
  readonly name: ShopName
  readonly number: number
  readonly currency: string
  readonly timeZone: string
  readonly domain: string
  /** Share of the world's orders. */
  readonly share: number
  /** Ids of the two shops never meet; their order names do. */
  readonly idBase: number
  readonly taxPercent: number
  readonly taxesIncluded: boolean
  readonly locations: readonly { readonly id: number; readonly name: string }[]
  readonly addresses: readonly {
    readonly country: string
    readonly zip: (n: number) => string
    readonly city: string
    readonly province: string | null
  }[]
}

const digits = (n: number, width: number, low: number): string =>
  String(low + (n % (10 ** width - low))).padStart(width, '0')
const letters = (n: number): string => String.fromCharCode(65 + (n % 26), 65 + ((n >> 5) % 26))
const canadian = 'ABCEGHJKLMNPRSTVXY'

export const shops: Readonly<Record<ShopName, Shop>> = {
  north: {
    name: 'north',
    number: 1,
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    domain: 'nordlicht-sandbox.myshopify.com',
    share: 0.6,
    idBase: 6_100_000_000_000,
    taxPercent: 19,
    taxesIncluded: true,
    locations: [
      { id: 71_001, name: 'Hamburg' },
      { id: 71_002, name: 'Leipzig' },
    ],
    addresses: [
      { country: 'DE', zip: n => digits(n * 7919, 5, 1067), city: 'Hamburg', province: null },
      { country: 'AT', zip: n => digits(n * 31, 4, 1010), city: 'Wien', province: null },
      { country: 'NL', zip: n => `${digits(n * 17, 4, 1011)} ${letters(n)}`, city: 'Utrecht', province: null },
      { country: 'DK', zip: n => digits(n * 13, 4, 1050), city: 'Aarhus', province: null },
    ],
  },
  south: {
    name: 'south',
    number: 2,
    currency: 'USD',
    timeZone: 'America/New_York',
    domain: 'sundown-sandbox.myshopify.com',
    share: 0.4,
    idBase: 8_200_000_000_000,
    taxPercent: 7,
    taxesIncluded: false,
    locations: [
      { id: 82_001, name: 'Newark' },
      { id: 82_002, name: 'Austin' },
    ],
    addresses: [
      { country: 'US', zip: n => digits(n * 7919, 5, 1001), city: 'Newark', province: 'NJ' },
      { country: 'US', zip: n => `${digits(n * 31, 5, 1001)}-${digits(n, 4, 1)}`, city: 'Austin', province: 'TX' },
      {
        country: 'CA',
        zip: n =>
          `${canadian[n % 15]}${n % 10}${canadian[(n * 3) % 18]} ${(n * 7) % 10}${canadian[(n * 5) % 18]}${(n * 9) % 10}`,
        city: 'Toronto',
        province: 'ON',
      },
    ],
  },
}

export const gid = (type: string, id: number | string): string => `gid://shopify/${type}/${id}`
