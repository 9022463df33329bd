import fc from 'fast-check'
import { expect, it } from 'vitest'
import { batchesOf, isolate } from '../../sinks/batches.ts'

const changes = (...ids: readonly string[]): readonly { readonly id: string }[] => ids.map(id => ({ id }))

it('batches keep the order, fit, and never name an id twice', () => {
  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
    size: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), all => {
      const batches = batchesOf(all, { most: 6, sizeOf: ({ size }) => size })
      expect(batches.flat()).toEqual(all)
      for (const batch of batches) {
        expect(batch.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(6)
        expect(new Set(batch.map(({ id }) => id)).size).toBe(batch.length)
      }
    }),
  )
})

it('one bad change among a hundred is found in a few calls, and the others are taken', async () => {
  let calls = 0
  const all = changes(...Array.from({ length: 100 }, (_, n) => String(n)))
  const outcomes = await isolate(all, async part => {
    calls += 1
    if (part.some(({ id }) => id === '42')) return { state: 'refused', why: 'no', named: new Map() }
    return { state: 'settled', outcomes: part.map(({ id }) => ({ id, state: 'acked' })) }
  })
  expect(outcomes.filter(({ state }) => state === 'rejected')).toEqual([{ id: '42', state: 'rejected', why: 'no' }])
  expect(outcomes).toHaveLength(100)
  expect(calls).toBeLessThanOrEqual(16)
})

it('every change has exactly one outcome, whichever are bad and whichever the place names', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), fc.boolean(), async (bad, names) => {
      const all = changes(...bad.map((_, n) => String(n)))
      const isBad = (id: string): boolean => bad[Number(id)] === true
      const outcomes = await isolate(all, async part => {
        const found = part.filter(({ id }) => isBad(id))
        if (found.length === 0) return { state: 'settled', outcomes: part.map(({ id }) => ({ id, state: 'acked' })) }
        const named = new Map(names ? found.slice(0, 1).map(({ id }) => [id, 'bad'] as const) : [])
        return { state: 'refused', why: 'bad', named }
      })
      expect(outcomes.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
      for (const { id, state } of outcomes) expect(state).toBe(isBad(id) ? 'rejected' : 'acked')
    }),
  )
})
