import { randomUUID } from 'node:crypto'
import { Fault } from '../../../contracts/fault.ts'
import { buildSteps } from '../../../jobs/build.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import type { Asked } from '../../../jobs/publish-model.ts'
import type { PlannedModel } from '../../../models/plan.ts'
import { exitCodes } from '../../exit-codes.ts'
import { createRun } from '../../kernel/run.ts'
import type { Office } from '../../office.ts'
import { slotAt } from '../../planner/slots.ts'
import { printerFor } from '../printer.ts'
import { work } from '../run.ts'
import { counted } from '../table.ts'
import { checkedModels, say, tellMistakes } from './check.ts'
import { planLines } from './plan-lines.ts'
import { type PlannedModels, type PlanOptions, plannedModels } from './planned.ts'

export interface BuildOptions extends Omit<PlanOptions, 'terms'> {
  /** Days of UTC: builds an incremental model once more from one up to before the other. */
  readonly from?: string
  readonly to?: string
  readonly fullRefresh: boolean
  /** So many rows are known to stand, and are given up. */
  readonly rows?: string
  readonly json: boolean
}

/** Prints what would be built, and why; builds nothing. */
export async function modelPlan(office: Office, catalogue: Catalogue, options: PlanOptions): Promise<number> {
  const found = await planFor(office, catalogue, options)
  if ('code' in found) return found.code
  say(planLines(found).join('\n'))
  return exitCodes.ok.code
}

/** Builds the chosen models, for the night that was last due; beside production where an environment is named. */
export async function modelBuild(
  office: Office,
  catalogue: Catalogue,
  options: BuildOptions & Pick<PlanOptions, 'terms'>,
): Promise<number> {
  const found = await planFor(office, catalogue, options)
  if ('code' in found) return found.code
  const asked = askedOf(options, found.planned)
  const planned = found.planned.map(each => withAsked(each, asked))
  const built = await buildPlanned(office, catalogue, { found: { ...found, planned }, asked, json: options.json })
  return built?.code ?? exitCodes.ok.code
}

/** What a person asks for is built in place of what is missing. */
function withAsked(planned: PlannedModel, asked: Asked | undefined): PlannedModel {
  if (asked === undefined) return planned
  if ('range' in asked) return { ...planned, reason: 'asked for', backfill: { anew: false, ranges: [asked.range] } }
  const { backfill: _, ...whole } = planned
  return { ...whole, reason: 'asked for' }
}

interface BuildingPlan {
  readonly found: PlannedModels
  readonly asked?: Asked | undefined
  readonly json: boolean
}

/** Works a plan off as a run of its own; undefined where nothing is to be built. */
export async function buildPlanned(
  office: Office,
  catalogue: Catalogue,
  { found, asked, json }: BuildingPlan,
): Promise<{ readonly run: string; readonly code: number } | undefined> {
  const { planned, beside } = found
  const printer = printerFor(process.stdout, json)
  if (planned.length === 0) {
    printer.say('Nothing differs; nothing was built.')
    return undefined
  }
  for (const line of planLines(found)) printer.say(line)
  const run = `build-${randomUUID().slice(0, 8)}`
  const models = planned.map(({ model }) => model)
  const steps = buildSteps(models, { now: nowOf(office), asked, beside })
  const slot = `${counted(steps.length, 'model')}${beside === undefined ? '' : ` for ${beside.name}`} (${run})`
  await createRun(office.state, { run, kind: 'build', slot, steps }, await office.state.now())
  const code = await work(office, catalogue, { run, printer, again: `\`boomerang retry ${run}\` goes on with it.` })
  return { run, code }
}

/** The plan, or the code to end with where the models are wrong. */
export async function planFor(
  office: Office,
  catalogue: Catalogue,
  options: PlanOptions,
): Promise<PlannedModels | { readonly code: number }> {
  checkName(options.env)
  const found = await checkedModels(office, catalogue)
  if (found.checked.mistakes.length > 0)
    return { code: await tellMistakes(office.project.root, { ...found, json: false }) }
  return plannedModels(office, found, { ...options, catalogue, now: nowOf(office) })
}

const nowOf = ({ project, outside }: Office): string => slotAt(project.schedule, outside.now())

function checkName(env: string | undefined): void {
  if (env === undefined || /^[a-z][a-z0-9_]*$/.test(env)) return
  throw usage(`"${env}" is no name of an environment`, 'Write lower case letters, digits and _: --env alice.')
}

function askedOf({ from, to, fullRefresh, rows }: BuildOptions, planned: readonly PlannedModel[]): Asked | undefined {
  if (from === undefined && to === undefined && !fullRefresh) return undefined
  const strange = planned.find(({ model }) => model.header.kind !== 'incremental')
  if (strange !== undefined)
    throw usage(
      `${strange.model.relation} is no incremental model`,
      'Name those that are: a table or a view is built anew each time.',
    )
  if (fullRefresh) return { anew: true, rows: confirmed(rows, planned) }
  if (from === undefined || to === undefined || !isDay(from) || !isDay(to) || from >= to)
    throw usage(
      'a range has two days',
      'Write --from 2026-06-01 --to 2026-06-08: --to is the first day that is not built.',
    )
  return { range: { from: `${from}T00:00:00.000000Z`, to: `${to}T00:00:00.000000Z` } }
}

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

/** A person who gives up rows says how many they are. */
function confirmed(rows: string | undefined, planned: readonly PlannedModel[]): number {
  const [one, ...more] = planned
  if (one === undefined || more.length > 0)
    throw usage('a full refresh is of one model', 'Name one; what reads it is built by the next night.')
  const standing = one.rows ?? 0n
  if (rows !== String(standing))
    throw usage(
      `${one.model.relation} holds ${standing} rows, and building it anew was not confirmed for so many`,
      `Add --rows ${standing} where they may go.`,
    )
  return Number(standing)
}

const usage = (what: string, hint: string): Fault =>
  new Fault({ what, where: 'the command line', hint, retry: 'never' })
