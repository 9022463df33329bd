import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { name } from '../../../contracts/admission.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { type Beside, besideSchemas } from '../../../models/beside.ts'
import type { Model } from '../../../models/model.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Office } from '../../office.ts'
import { runSummary } from '../summary.ts'
import { buildPlanned, planFor } from './build.ts'
import { checkedModels, say } from './check.ts'
import { type ChangeReport, changeReport } from './ci-report.ts'
import { diffsOf } from './diff.ts'
import { runTests } from './test.ts'

export interface CiOptions {
  /** The place beside production; dropped again at the end. */
  readonly env: string
  /** Where the Markdown goes; to the terminal where it is absent. */
  readonly out?: string
  readonly keep: boolean
}

/** Builds what a change makes different beside production, audits it, compares it, and writes one summary for who reviews it. */
export async function ci(office: Office, catalogue: Catalogue, { env, out, keep }: CiOptions): Promise<number> {
  const found = await checkedModels(office, catalogue)
  const report = await reportOf(office, catalogue, { found, env })
  if (!keep) await dropPlace(office, { name: env, models: found.compiled.models.map(({ relation }) => relation) })
  const markdown = changeReport(report)
  if (out === undefined) say(markdown)
  else await writeFile(out, markdown)
  return isGood(report) ? exitCodes.ok.code : exitCodes.failed.code
}

type Found = Awaited<ReturnType<typeof checkedModels>>

async function reportOf(
  office: Office,
  catalogue: Catalogue,
  { found, env }: { readonly found: Found; readonly env: string },
): Promise<ChangeReport> {
  const { mistakes } = found.checked
  if (mistakes.length > 0) return { mistakes, planned: [], tests: [], failed: [], diffs: [] }
  const plan = await planFor(office, catalogue, { terms: [], env })
  if ('code' in plan) return { mistakes, planned: [], tests: [], failed: [], diffs: [] }
  const models: readonly Model[] = plan.planned.map(({ model }) => model)
  const tests = await runTests(office, catalogue, { found, models })
  const run = await buildPlanned(office, catalogue, { found: plan, json: false })
  const failed = run === undefined ? [] : (await runSummary(office, run.run)).failed
  return {
    mistakes,
    planned: plan.planned,
    tests,
    failed,
    diffs: await diffsOf(office, catalogue, { found, models, env }),
  }
}

const isGood = ({ mistakes, tests, failed }: ChangeReport): boolean =>
  mistakes.length + failed.length === 0 && tests.every(({ ok }) => ok)

/** Takes a place beside production away, with all that is remembered of it. */
async function dropPlace({ lane }: Office, beside: Beside): Promise<void> {
  const like = `'${beside.name}\\_\\_%' escape '\\'`
  await lane.use(warehouse =>
    warehouse.apply({
      key: `drop ${beside.name} ${randomUUID()}`,
      token: 0,
      writes: [],
      statements: [
        ...besideSchemas(beside).map(schema => ({ sql: `drop schema if exists ${schema} cascade` })),
        ...['builds', 'intervals'].map(table => ({ sql: `delete from ops.${name(table)} where model like ${like}` })),
      ],
    }),
  )
}
