import { randomUUID } from 'node:crypto'
import { Fault } from '../../contracts/fault.ts'
import { dayMs, instantOf } from '../../contracts/instant.ts'
import { backfillSteps, checkKeepsPast, type Piece } from '../../jobs/backfill.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { type Pipeline, pipelinesOf } from '../../jobs/pipeline.ts'
import { thenTell } from '../alerts/watch.ts'
import { exitCodes } from '../exit-codes.ts'
import { createRun, reopen } from '../kernel/run.ts'
import type { Office } from '../office.ts'
import { localDays } from '../planner/local-days.ts'
import { checkDay } from './day.ts'
import { pipelineNamed, pipelinesNamed } from './named.ts'
import { type Printer, printerFor } from './printer.ts'
import { work } from './run.ts'
import { counted, minute, table } from './table.ts'

export interface BackfillOptions {
  readonly pipeline: string
  /** Local days of each connection, `2026-06-30`; `to` is the first that is not asked for. */
  readonly from: string
  readonly to: string
  /** Every connection that has the pipeline where it is absent. */
  readonly connection?: string
  readonly newestFirst: boolean
  readonly dryRun: boolean
  readonly json: boolean
}

/** Asks a source for days of the past once more, behind everything else that works, and loads what it delivers. */
export async function backfill(office: Office, catalogue: Catalogue, options: BackfillOptions): Promise<number> {
  const { state, outside } = office
  const pieces = piecesOf(pastOf(office, catalogue, options), { ...options, now: outside.now() })
  if (options.dryRun) return show(pieces, options)
  const printer = printerFor(process.stdout, options.json)
  await office.lane.use(async () => undefined)
  const run = (await standing(office, options, printer)) ?? (await begun())
  const again = `A worker goes on with it, or \`boomerang retry ${run}\`; \`boomerang cancel ${run}\` ends it.`
  return thenTell(office, catalogue, () => work(office, catalogue, { run, printer, again }))

  async function begun(): Promise<string> {
    const id = `backfill-${randomUUID().slice(0, 8)}`
    const steps = backfillSteps(pieces, { catalogue, asked: instantOf(new Date(await state.now())) })
    printer.say(`${titleOf(options)}: ${sizeOf(pieces)}. What it loads is in the models after the next night.`)
    return createRun(
      state,
      { run: id, kind: 'backfill', slot: `${titleOf(options)} (${id})`, steps },
      await state.now(),
    )
  }
}

const titleOf = ({ pipeline, connection, from, to, newestFirst }: BackfillOptions): string =>
  `${pipeline} ${connection ?? 'everywhere'} from ${from} to before ${to}${newestFirst ? ', newest first' : ''}`

/** The same backfill where it has been begun and is not done: it is gone on with. */
async function standing({ state }: Office, options: BackfillOptions, printer: Printer): Promise<string | undefined> {
  const open = await state.read
    .selectFrom('run')
    .select(['id', 'slot'])
    .where('kind', '=', 'backfill')
    .where('state', 'in', ['running', 'failed'])
    .orderBy('created_at', 'desc')
    .execute()
  const row = open.find(({ slot }) => slot.startsWith(`${titleOf(options)} (`))
  if (row === undefined) return undefined
  printer.say(`Going on with ${row.id}, ${titleOf(options)}.`)
  await reopen(state, row.id, await state.now())
  return row.id
}

function pastOf(
  { environment }: Office,
  catalogue: Catalogue,
  { pipeline, connection }: BackfillOptions,
): readonly Pipeline[] {
  const all = pipelinesOf({ environment, catalogue })
  const found =
    connection === undefined
      ? [...pipelinesNamed(all, pipeline).values()]
      : [pipelineNamed(all, { pipeline, connection })]
  for (const each of found) checkKeepsPast(each)
  return found
}

type Range = Pick<BackfillOptions, 'from' | 'to' | 'newestFirst'> & { readonly now: Date }

/** Day by day, the connections of one day beside each other. */
function piecesOf(pipelines: readonly Pipeline[], { from, to, newestFirst, now }: Range): readonly Piece[] {
  for (const day of [from, to]) checkDay(day, 'Write days such as 2026-06-30; --to is the first that is not asked for.')
  checkRange(pipelines, { from, to, now })
  const pieces = pipelines
    .flatMap(pipeline =>
      localDays({ from, to, timeZone: pipeline.connection.timeZone }).map(each => ({ pipeline, ...each })),
    )
    .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
  const last = pieces.find(({ interval }) => interval.to > instantOf(now))
  if (last !== undefined) throw usage(`${last.day} is not over yet`, 'The nights bring it.')
  if (pieces.length === 0)
    throw usage(`from ${from} to before ${to} there is no day`, 'Write the earlier day as --from.')
  return newestFirst ? pieces.toReversed() : pieces
}

/** Days that one backfill may ask for: of twenty connections, more than a year. */
const most = 10_000

/** Before the days are counted one by one: a year that was mistyped would be counted for minutes. No zone is a day ahead of UTC. */
function checkRange(pipelines: readonly Pipeline[], { from, to, now }: Pick<Range, 'from' | 'to' | 'now'>): void {
  const [first, end] = [Date.parse(from), Date.parse(to)]
  if (end - dayMs > now.getTime())
    throw usage(`${instantOf(new Date(end - dayMs)).slice(0, 10)} is not over yet`, 'The nights bring it.')
  const asked = ((end - first) / dayMs) * pipelines.length
  if (asked > most)
    throw usage(
      `from ${from} to before ${to} there are ${asked} days to ask for, and ${most} are the most`,
      'Ask for them in several backfills, one after the other.',
    )
}

const usage = (what: string, hint: string): Fault =>
  new Fault({ what, where: 'the command line', hint, retry: 'never' })

function sizeOf(pieces: readonly Piece[]): string {
  const days = counted(new Set(pieces.map(({ day }) => day)).size, 'day')
  const connections = new Set(pieces.map(({ pipeline }) => pipeline.connection.name)).size
  return connections === 1 ? days : `${days} of ${counted(connections, 'connection')}`
}

/** What would be asked for, in its order. */
function show(pieces: readonly Piece[], options: BackfillOptions): number {
  const rows = pieces.map(({ pipeline, day, interval }) => [
    `  ${day}`,
    pipeline.object.name,
    pipeline.connection.name,
    `${minute(interval.from)}Z to ${minute(interval.to)}Z`,
  ])
  const lines = options.json
    ? pieces.map(({ pipeline, day, interval }) =>
        JSON.stringify({ day, pipeline: pipeline.object.name, connection: pipeline.connection.name, ...interval }),
      )
    : [`${titleOf(options)}: ${sizeOf(pieces)}. Nothing was done.`, table(rows)]
  process.stdout.write(`${lines.join('\n')}\n`)
  return exitCodes.ok.code
}
