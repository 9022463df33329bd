import { watch } from 'node:fs'
import { join } from 'node:path'
import type { Catalogue } from '../../../jobs/job.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { type CheckOptions, modelCheck, say } from './check.ts'

/** An editor that saves writes a file in several steps; in milliseconds. */
const settledMs = 100

/** Checks the models at each change of one of their files, until it is stopped. With `json` each pass ends with a line that says so. */
export async function modelWatch(site: Site, catalogue: Catalogue, options: CheckOptions): Promise<number> {
  const stop = stopOnSignals()
  const { signal } = stop
  const changes = watch(join(site.project.root, 'models'), { recursive: true })
  try {
    do {
      const changed = nextChange(changes, signal)
      const code = await modelCheck(site, catalogue, options)
      if (options.json) say(JSON.stringify({ pass: code === exitCodes.ok.code ? 'right' : 'wrong' }))
      await changed
    } while (!signal.aborted)
    return exitCodes.ok.code
  } finally {
    changes.close()
    stop.done()
  }
}

/** Resolves once for all changes that come close together, and where it is stopped. */
const nextChange = (changes: ReturnType<typeof watch>, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    changes.once('change', () => setTimeout(resolve, settledMs))
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
