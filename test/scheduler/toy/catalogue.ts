import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue, Job, Night, Report, Room, Step } from '../../../jobs/job.ts'

/** A step of a toy night, as `toy.json` holds it. */
export interface ToyStep {
  readonly id: string
  readonly after?: readonly string[]
  readonly pool?: string
  readonly risk?: Step['risk']
  /** Answers for an interval of this pipeline on the connection `north`, and closes it unless `open`. */
  readonly pipeline?: string
  readonly open?: boolean
  readonly counts?: Readonly<Record<string, number>>
  /** So many rows it brings in besides, of some thirty bytes each. */
  readonly rows?: number
  /** What it does besides its effect, in the order of its tries; what is missing is nothing. */
  readonly tries?: readonly ToyDeed[]
}

/** `stubborn` and `block` go on when the file `go` is there, whatever they are told; `block` lets nothing else of its process run meanwhile. */
export type ToyDeed =
  | 'die'
  | 'fail'
  | 'guard'
  | 'unforeseen'
  | 'wait'
  | 'ok'
  | 'slow'
  | 'stubborn'
  | 'block'
  | 'outgrow'

interface ToyArgs extends ToyStep {
  readonly connection: string
  readonly closes: boolean
}

/**
 * Each step puts one row with its id into the table `toy.effect`, under its own fence and key, and writes down each start. So the
 * starts tell how often a step was tried, and the rows whether its effect came once.
 */
const toy: Job = {
  name: 'toy',
  async steps(night) {
    const steps = JSON.parse(readFileSync(join(night.project.root, 'toy.json'), 'utf8')) as readonly ToyStep[]
    return steps.flatMap(step => plannedStep(night, step))
  },
  async run(room, step) {
    const args = step.args as unknown as ToyArgs
    const root = room.project.root
    const tried = triesOf(root).filter(id => id === step.id).length
    appendFileSync(join(root, 'starts.log'), `${step.id}\n`)
    appendFileSync(join(root, 'who.log'), `${process.pid}\n`)
    room.progress(1, 2)
    await deed(room, args.tries?.[tried] ?? 'ok', step.id)
    return effect(room, step)
  },
}

function plannedStep(night: Night, step: ToyStep): readonly Step[] {
  const connection = night.environment.connections[0]
  if (connection === undefined) return []
  const interval = step.pipeline === undefined ? undefined : night.interval(step.pipeline, connection)
  if (step.pipeline !== undefined && interval === undefined) return []
  const args = {
    ...step,
    connection: connection.name,
    closes: interval !== undefined,
    ...(interval ? { interval } : {}),
  }
  return [
    {
      id: step.id,
      job: 'toy',
      args: args as unknown as Json,
      after: step.after ?? [],
      writes: [],
      risk: step.risk ?? 'analytical',
      ...(step.pool === undefined ? {} : { pool: step.pool }),
    },
  ]
}

async function deed(room: Room, what: ToyDeed, where: string): Promise<void> {
  const facts = { what: 'the toy broke', where, hint: 'Mend the toy.' }
  if (what === 'die') process.kill(process.pid, 'SIGKILL')
  if (what === 'fail') throw new Fault({ ...facts, retry: 'never' })
  if (what === 'guard') throw new Fault({ ...facts, retry: 'never', kind: 'guard' })
  if (what === 'unforeseen') throw new RangeError('nobody thought of this')
  if (what === 'slow') await wait(100)
  if (what === 'outgrow') outgrow()
  if (what !== 'wait' && what !== 'stubborn' && what !== 'block') return
  if (what === 'block') await wait(1_000)
  writeFileSync(join(room.project.root, 'waiting'), '')
  if (what === 'wait') await room.sleep(60_000)
  const go = join(room.project.root, 'go')
  while (what === 'stubborn' && !existsSync(go)) await wait(20)
  while (what === 'block' && !existsSync(go)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

/** Until there is no memory left. */
function outgrow(): never {
  const held: object[] = []
  for (;;) held.push(Array.from({ length: 10_000 }, (_, n) => ({ n })))
}

async function effect(room: Room, step: Step): Promise<Report> {
  const args = step.args as unknown as ToyArgs & { readonly interval?: { readonly from: string; readonly to: string } }
  const { interval, pipeline } = args
  await room.warehouse(async warehouse => {
    const key = `${step.id} ${interval?.to ?? ''}`
    await warehouse.apply({
      key,
      token: room.token,
      writes: [`toy.${step.id}`],
      statements: [
        { sql: 'create schema if not exists toy' },
        { sql: 'create table if not exists toy.effect (id varchar)' },
        { sql: 'create table if not exists toy.bulk (text varchar)' },
        { sql: `insert into toy.bulk select md5(i::varchar) from range(${args.rows ?? 0}) as made(i)` },
        { sql: 'insert into toy.effect values (?)', parameters: [step.id] },
      ],
      ...(interval === undefined || pipeline === undefined || args.open === true
        ? {}
        : {
            load: {
              pipeline,
              connection: args.connection,
              ...interval,
              state: 'applied' as const,
              run: room.run,
              judgedAt: interval.to,
              at: interval.to,
              counts: {},
            },
          }),
    })
  })
  return { counts: { ...args.counts } }
}

/** The ids of the steps in the order in which they were started. */
export function triesOf(root: string): readonly string[] {
  const path = join(root, 'starts.log')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
}

export const toyCatalogue: Catalogue = {
  contracts: [],
  sources: [],
  sinks: [],
  checks: [],
  syncs: [],
  jobs: [toy],
}
