import { setTimeout as wait } from 'node:timers/promises'
import { inlineDeliverer } from '../scheduler/deliver/inline.ts'
import { createRun } from '../scheduler/kernel/run.ts'
import { workOn } from '../scheduler/worker.ts'
import { inNewState } from './new-state.ts'
import { sleepStep, toyTerms } from './toy-work.ts'

// An hour of a worker that does a hundred steps every half a minute, without the waiting between them: prints the heap after a tenth of it and at its end, in megabytes.
const [runs, stepsOfRun] = [120, 100] as const

const steps = Array.from({ length: stepsOfRun }, (_, n) =>
  sleepStep(`s${n}`, 0, { after: n < 10 ? [] : [`s${n - 10}`] }),
)

function heap(): number {
  gc?.({ type: 'major', execution: 'sync' })
  return process.memoryUsage().heapUsed / 1e6
}

await inNewState(async state => {
  const stop = new AbortController()
  const working = workOn({ ...toyTerms(state, stop.signal), deliverer: inlineDeliverer(4) })
  const isOpen = async (): Promise<boolean> =>
    (await state.read.selectFrom('run').select('id').where('state', '=', 'running').executeTakeFirst()) !== undefined
  let early = 0
  for (let run = 0; run < runs; run += 1) {
    await createRun(state, { run: `r${run}`, slot: `r${run}`, steps }, await state.now())
    while (await isOpen()) await wait(5)
    if (run === runs / 10) early = heap()
  }
  process.stdout.write(`${JSON.stringify({ early, late: heap(), steps: runs * stepsOfRun })}\n`)
  stop.abort()
  await working
})
