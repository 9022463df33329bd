import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection, Interval } from '../../contracts/connection.ts'
import type { Delivery, SourceObject } from '../../jobs/sources/source.ts'
import { type MemoryLanding, memoryLanding } from '../jobs/sources/land.ts'
import { type Outside, outside } from '../sinks/outside.ts'

/** An outside that records appear in, and how to recognise them in what was landed. */
export interface Origin {
  readonly connection: Connection
  /** Makes a record that belongs to the interval which holds the instant; resolves with what names it. */
  add(at: string): Promise<string>
  namesIn(files: ReadonlyMap<string, Buffer>): readonly string[]
  /** How many long operations were started, where the outside has such. */
  started(): number
  close(): Promise<void>
}

export interface SourceTerms {
  readonly open: () => Promise<Origin>
  /** What a delivery holds: the interval and nothing else; all since it began; or the interval and whatever lies around it. */
  readonly gives: 'exactly' | 'all since' | 'at least'
}

const first = { from: '2026-06-28T02:00:00.000000Z', to: '2026-06-29T02:00:00.000000Z' }
const second = { from: first.to, to: '2026-06-30T02:00:00.000000Z' }

/** What every object of every source promises, whatever stands behind it. */
export function judgeSource(object: SourceObject, { open, gives }: SourceTerms): void {
  describe(`the source object ${object.name} keeps its promises`, () => {
    let origin: Origin
    beforeEach(async () => {
      origin = await open()
    })
    afterEach(() => origin.close())

    interface Extracted {
      readonly deliveries: readonly Delivery[]
      readonly names: readonly string[]
    }

    async function extract(
      interval: Interval,
      ctx: Outside = outside(),
      landing: MemoryLanding = memoryLanding(),
    ): Promise<Extracted> {
      const deliveries: Delivery[] = []
      const request = { connection: origin.connection, interval, land: landing.land }
      for await (const delivery of object.extract(ctx, request)) deliveries.push(delivery)
      return { deliveries, names: origin.namesIn(landing.files).toSorted() }
    }

    const populate = async (): Promise<{
      readonly inFirst: readonly string[]
      readonly inSecond: readonly string[]
      readonly after: string
    }> => {
      const before = await origin.add('2026-06-20T01:00:00Z')
      const inFirst = [await origin.add('2026-06-28T02:00:00Z'), await origin.add('2026-06-29T01:59:59Z')]
      const inSecond = [await origin.add('2026-06-29T02:00:00Z'), await origin.add('2026-06-30T01:00:00Z')]
      const after = await origin.add('2026-07-09T02:00:00Z')
      expect(new Set([before, ...inFirst, ...inSecond, after]).size).toBe(6)
      return { inFirst: inFirst.toSorted(), inSecond: inSecond.toSorted(), after }
    }

    it('claims every column of its contracts', () => {
      for (const { contract, fields } of object.claims)
        expect(Object.keys(fields).toSorted()).toEqual(Object.keys(contract.row).toSorted())
    })

    it(`gives ${gives} the interval, its beginning included`, async () => {
      const { inFirst, inSecond, after } = await populate()
      const { names } = await extract(first)
      const expected = {
        exactly: inFirst,
        'all since': [...inFirst, ...inSecond, after].toSorted(),
        'at least': expect.arrayContaining([...inFirst]),
      }
      expect(names).toEqual(expected[gives])
    })

    it('loses nothing between one interval and the next', async () => {
      const { inFirst, inSecond } = await populate()
      const all = [...(await extract(first)).names, ...(await extract(second)).names]
      expect(all).toEqual(expect.arrayContaining([...inFirst, ...inSecond]))
    })

    it('promises of every file what then arrives', async () => {
      await populate()
      const landing = memoryLanding()
      const { deliveries } = await extract(first, outside(), landing)
      expect(deliveries.length).toBeGreaterThan(0)
      for (const { landed, promised } of deliveries) {
        const bytes = landing.files.get(landed.name) ?? Buffer.alloc(0)
        expect(promised.records).toBeDefined()
        expect(promised.bytes).toBe(bytes.length)
        if (promised.sha256 !== undefined)
          expect(promised.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
        if (object.format === 'ndjson') expect(promised.records).toBe(landed.lines)
      }
    })

    it('gives the same again when it is asked again', async () => {
      await populate()
      expect(await extract(first)).toEqual(await extract(first))
    })

    it('gives nothing, and says so, where there is nothing', async () => {
      const { deliveries, names } = await extract(first)
      expect(names).toEqual([])
      for (const { landed, promised } of deliveries) expect([promised.records, landed.lines]).toEqual([0, 0])
    })

    it('goes on after being killed before or after any call, and starts no second operation', async () => {
      await populate()
      const whole = await extract(first)
      const calls = await countCalls()
      for (let call = 1; call <= calls; call += 1)
        for (const when of ['before', 'after'] as const) {
          const started = origin.started()
          const ctx = dying(call, when)
          await expect(extract(first, ctx)).rejects.toThrow('killed')
          expect((await extract(first, { ...outside(), resume: ctx.resume })).names).toEqual(whole.names)
          expect(origin.started() - started, `killed ${when} call ${call}`).toBeLessThanOrEqual(1)
        }
    })

    it('goes on after being killed while it lands', async () => {
      await populate()
      const whole = await extract(first)
      const started = origin.started()
      const ctx = outside()
      const cut: MemoryLanding = {
        files: new Map(),
        async land(_, bytes) {
          for await (const _chunk of bytes) break
          throw new Error('killed')
        },
      }
      await expect(extract(first, ctx, cut)).rejects.toThrow('killed')
      expect((await extract(first, ctx)).names).toEqual(whole.names)
      expect(origin.started() - started).toBeLessThanOrEqual(1)
    })

    async function countCalls(): Promise<number> {
      let calls = 0
      const ctx = outside({
        fetch: (url, init) => {
          calls += 1
          return fetch(url, init)
        },
      })
      await extract(first, ctx)
      return calls
    }

    /** A process that dies with its n-th call: before it goes out, or once the outside has done it. */
    function dying(last: number, when: 'before' | 'after'): Outside {
      const death = new AbortController()
      let calls = 0
      return outside({
        signal: death.signal,
        async fetch(url, init) {
          calls += 1
          if (calls < last) return await fetch(url, init)
          if (when === 'after') await (await fetch(url, { ...init, signal: null })).arrayBuffer()
          death.abort(new Error('killed'))
          throw death.signal.reason
        },
      })
    }
  })
}
