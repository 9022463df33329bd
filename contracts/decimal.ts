import Big from 'big.js'

/** Decimals are text everywhere; these are the only places that compute with them. Exact, never through a double. */
export type Decimal = string

export const add = (a: Decimal, b: Decimal): Decimal => new Big(a).plus(b).toFixed()
export const compare = (a: Decimal, b: Decimal): -1 | 0 | 1 => new Big(a).cmp(b)

/** As money is written, for machines too: at least two digits behind the point, and none beyond them that says nothing. */
export function money(amount: Decimal): string {
  const [whole = '0', digits = ''] = new Big(amount).toFixed().split('.')
  return `${whole}.${digits.replace(/0+$/, '').padEnd(2, '0')}`
}

/** Sums by currency, as money is written. */
export const moneys = (sums: Readonly<Record<string, Decimal>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, money(sum)]))

/** The same number written one way: no trailing zeros, no `-0`. */
export const canonical = (text: Decimal): Decimal => {
  const fixed = new Big(text).toFixed()
  return fixed === '-0' ? '0' : fixed
}
