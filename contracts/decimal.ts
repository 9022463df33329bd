import Big from 'big.js'

/** Decimals are text everywhere; these are the only places that compute with them. Exact, never through a double. */
export type Decimal = string

export const add = (a: Decimal, b: Decimal): Decimal => new Big(a).plus(b).toFixed()
export const compare = (a: Decimal, b: Decimal): -1 | 0 | 1 => new Big(a).cmp(b)

/** The same number written one way: no trailing zeros, no `-0`. */
export const canonical = (text: Decimal): Decimal => {
  const fixed = new Big(text).toFixed()
  return fixed === '-0' ? '0' : fixed
}
