import { Fault } from '../../contracts/fault.ts'
import type { Written } from '../chaos/oracle.ts'

export interface FencedWrite {
  readonly token: number
  readonly writes: readonly string[]
  /** What is done once; a publication, which may be done over, has none. */
  readonly key?: string
}

/** Keeps what a real warehouse keeps: a fence for each relation, and the keys of what was applied. */
export interface FencedWarehouse {
  readonly written: readonly Written[]
  write(unit: FencedWrite): 'applied' | 'already'
}

export const passedOver = 'has been written under a higher token'

export function fencedWarehouse(): FencedWarehouse {
  const fences = new Map<string, number>()
  const applied = new Set<string>()
  const written: Written[] = []
  return {
    written,
    write({ token, writes, key }) {
      const passed = writes.find(relation => (fences.get(relation) ?? 0) > token)
      if (passed !== undefined)
        throw new Fault({ what: passedOver, where: passed, hint: 'Leave it.', retry: 'later', kind: 'held' })
      for (const relation of writes) fences.set(relation, token)
      if (key !== undefined && applied.has(key)) return 'already'
      if (key !== undefined) applied.add(key)
      for (const relation of writes) written.push({ relation, token, ...(key === undefined ? {} : { key }) })
      return 'applied'
    },
  }
}
