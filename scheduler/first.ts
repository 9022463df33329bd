import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../contracts/fault.ts'
import { manifestName } from '../jobs/landing.ts'
import type { Site } from './site.ts'

/**
 * A Fault where nights have been before: a state store that is not there is then lost, or looked for in a wrong place, and a new one would begin as if
 * none had ever been. A first night has neither warehouse nor landing.
 */
export async function checkFirst({ environment: { warehouse, landing }, stateTerms }: Site): Promise<void> {
  const found = existsSync(warehouse.path) ? `the warehouse ${warehouse.path}` : landedIn(landing)
  if (found === undefined) return
  throw new Fault({
    what: `there is no state store, and nights have been before: there is ${found}`,
    where: stateTerms.address,
    hint: 'Correct `state` in boomerang.config.ts, or bring the store back with `boomerang restore`. Where it is lost for good, `boomerang rebuild` makes a new one from what the warehouse knows. Nothing was done.',
    retry: 'never',
  })
}

/** A landing that is whole, in words; undefined where there is none. */
function landedIn(landing: string): string | undefined {
  for (const connection of namesIn(landing))
    for (const pipeline of namesIn(join(landing, connection)))
      for (const interval of namesIn(join(landing, connection, pipeline))) {
        const folder = join(landing, connection, pipeline, interval)
        if (existsSync(join(folder, manifestName))) return `the landing ${folder}`
      }
  return undefined
}

/** Empty where there is no such folder. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
