import PQueue from 'p-queue'
import type { Deliverer, Wake } from './deliver.ts'

/** Wakes steps inside this process: no server, and nothing to lose. */
export function inlineDeliverer(concurrency: number): Deliverer {
  const queue = new PQueue({ concurrency, autoStart: false })
  const waiting = new Set<string>()
  let handle: (wake: Wake) => Promise<void> = async () => undefined
  return {
    start(handler) {
      handle = handler
      queue.start()
    },
    offer(wakes) {
      for (const wake of wakes) {
        const key = `${wake.run} ${wake.step}`
        if (waiting.has(key)) continue
        waiting.add(key)
        void queue.add(
          async () => {
            try {
              await handle(wake)
            } finally {
              waiting.delete(key)
            }
          },
          { priority: -wake.risk },
        )
      }
    },
    async stop() {
      queue.clear()
      waiting.clear()
      await queue.onIdle()
    },
  }
}
