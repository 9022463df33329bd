/** The seed of everything that is left to chance here; BOOMERANG_SEED repeats it. */
export const seed = Number(process.env.BOOMERANG_SEED ?? Date.now() % 1_000_000)

/** Few with the other tests, many with `npm run test:chaos`. */
export const count = (few: number, many: number): number => (process.env.BOOMERANG_CHAOS === 'long' ? many : few)

/** Numbers in [0, 1), the same for the same seed. */
export function randomOf(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
