/** A number in [0, 1) that is a pure function of its parts: the same seed gives the same world at any size and in any order. */
export function chance(...parts: readonly (number | string)[]): number {
  let h = 0x811c9dc5
  for (const part of parts) {
    if (typeof part === 'number') h = Math.imul(h ^ (part | 0), 0x01000193) ^ (part / 4294967296)
    else for (let at = 0; at < part.length; at += 1) h = Math.imul(h ^ part.charCodeAt(at), 0x01000193)
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  }
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296
}

export const pick = <T>(from: readonly T[], at: number): T => from[Math.floor(at * from.length)] as T
export const between = (low: number, high: number, at: number): number => low + Math.floor(at * (high - low + 1))
