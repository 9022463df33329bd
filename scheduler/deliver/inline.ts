import PQueue from 'p-queue'
import type { Deliverer, Wake } from './deliver.ts'

/** Wakes steps inside this process: no server, and nothing to lose. */
export function inlineDeliverer(concurrency: number): Deliverer {
  const queue = new PQueue({ concurrency, autoStart: false })
  const taken = new Set<string>()
  let handle: (wake: Wake) => Promise<void> = async () => undefined
  const add = (wake: Wake): void => {
    const key = `${wake.run} ${wake.step}`
    if (taken.has(key)) return
    taken.add(key)
    const work = (): Promise<void> => handle(wake).finally(() => taken.delete(key))
    void queue.add(work, { priority: -wake.priority })
  }
  return {
    start(handler) {
      handle = handler
      queue.start()
    },
    offer: wakes => wakes.forEach(add),
    async stop() {
      queue.pause()
      queue.clear()
      await queue.onPendingZero()
    },
  }
}
