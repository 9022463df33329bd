import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../contracts/fault.ts'
import { instantOf } from '../contracts/instant.ts'
import type { Model } from '../models/model.ts'

/** What dbt writes after a run: https://docs.getdbt.com/reference/artifacts/run-results-json */
const runResults = z.object({
  metadata: z.object({ generated_at: z.string() }),
  results: z.array(z.object({ unique_id: z.string(), status: z.string(), message: z.string().nullish() })),
})

/** A Fault until the tool that builds the model has told of a good run that ended after `since`; at once where the model names no results. */
export async function awaitBuilder({ header, file, name }: Model, root: string, since: string): Promise<void> {
  if (header.run_results === undefined) return
  const path = join(root, header.run_results)
  const { metadata, results } = await readResults(path, file)
  const own = results.find(({ unique_id }) => unique_id.split('.').at(-1) === name)
  if (own !== undefined && own.status !== 'success')
    throw failing({
      what: `dbt says "${own.status}" of ${own.unique_id}${own.message ? `: ${own.message}` : ''}`,
      where: path,
      again: 'later',
    })
  const generated = instantOf(new Date(metadata.generated_at))
  if (own === undefined || generated < since)
    throw failing({
      what: `dbt has not built ${name} since ${since}; its last results are of ${generated}`,
      where: path,
      again: 'later',
    })
}

async function readResults(path: string, file: string): Promise<z.output<typeof runResults>> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined)
    throw failing({ what: `${file} waits for the results of dbt, and there are none yet`, where: path, again: 'later' })
  try {
    return runResults.parse(JSON.parse(text))
  } catch {
    throw failing({ what: 'these are no results of dbt', where: path, again: 'never' })
  }
}

const failing = ({
  what,
  where,
  again,
}: {
  readonly what: string
  readonly where: string
  readonly again: 'later' | 'never'
}): Fault =>
  new Fault({
    what,
    where,
    hint: 'What reads it waits. Run dbt, or correct run_results in the header; it lies in the project.',
    retry: again,
  })
