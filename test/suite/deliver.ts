import { afterEach, describe, expect, test } from 'vitest'
import type { Deliverer, Wake } from '../../scheduler/deliver/deliver.ts'

const wake = (step: string, priority = 1): Wake => ({ run: 'r', step, attempt: 0, priority })

/** What every deliverer promises: it hands out wakes, a bounded number at a time. Whether a step may be done is not its business. */
export function deliverSuite(name: string, open: (concurrency: number) => Promise<Deliverer>): void {
  describe(name, () => {
    let deliverer: Deliverer | undefined
    afterEach(() => deliverer?.stop())
    const start = async (concurrency: number, handle: (wake: Wake) => Promise<void>): Promise<Deliverer> => {
      deliverer = await open(concurrency)
      deliverer.start(handle)
      return deliverer
    }

    test('every wake reaches the handler', async () => {
      const seen: string[] = []
      const opened = await start(4, async ({ step }) => void seen.push(step))
      opened.offer(Array.from({ length: 20 }, (_, n) => wake(`s${n}`)))
      await until(() => seen.length === 20)
      expect([...seen].sort()).toEqual(Array.from({ length: 20 }, (_, n) => `s${n}`).sort())
    })

    test('wakes that are offered before it has started are not forgotten', async () => {
      const seen: string[] = []
      deliverer = await open(1)
      deliverer.offer([wake('early')])
      deliverer.start(async ({ step }) => void seen.push(step))
      await until(() => seen.length === 1)
      expect(seen).toEqual(['early'])
    })

    test('no more run at once than it was told', async () => {
      let running = 0
      let most = 0
      let ended = 0
      const opened = await start(3, async () => {
        running += 1
        most = Math.max(most, running)
        await new Promise(resolve => setTimeout(resolve, 5))
        running -= 1
        ended += 1
      })
      opened.offer(Array.from({ length: 12 }, (_, n) => wake(`s${n}`)))
      await until(() => ended === 12)
      expect(most).toBe(3)
    })

    test('a graver wake overtakes those that wait', async () => {
      const seen: string[] = []
      const gate = newGate()
      const opened = await start(1, async ({ step }) => {
        seen.push(step)
        await gate.open
      })
      opened.offer([wake('first')])
      await until(() => seen.length === 1)
      opened.offer([wake('model', 2), wake('stock', 1), wake('refunds', 0)])
      gate.lift()
      await until(() => seen.length === 4)
      expect(seen).toEqual(['first', 'refunds', 'stock', 'model'])
    })

    test('a wake that is offered again while it waits is handed out once', async () => {
      const seen: string[] = []
      const gate = newGate()
      const opened = await start(1, async ({ step }) => {
        seen.push(step)
        await gate.open
      })
      for (let n = 0; n < 5; n += 1) opened.offer([wake('first'), wake('second')])
      gate.lift()
      await until(() => seen.length >= 2)
      await opened.stop()
      expect(seen).toEqual(['first', 'second'])
    })

    test('a wake that has been handled is handed out when it is offered again', async () => {
      const seen: string[] = []
      const opened = await start(1, async ({ step }) => void seen.push(step))
      opened.offer([wake('again')])
      await until(() => seen.length === 1)
      await until(() => {
        opened.offer([wake('again')])
        return seen.length >= 2
      })
      expect(seen.every(step => step === 'again')).toBe(true)
    })

    test('when it is stopped it waits for what runs, and hands out nothing more', async () => {
      const seen: string[] = []
      const gate = newGate()
      let ended = false
      const opened = await start(1, async ({ step }) => {
        seen.push(step)
        await gate.open
        ended = true
      })
      opened.offer([wake('first'), wake('second')])
      await until(() => seen.length === 1)
      const stopped = opened.stop()
      gate.lift()
      await stopped
      expect(ended).toBe(true)
      opened.offer([wake('third')])
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(seen).toEqual(['first'])
    })
  })
}

function newGate(): { readonly open: Promise<void>; readonly lift: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: promise, lift: resolve }
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise(resolve => setTimeout(resolve, 2))
}
