import type { Connection, Interval } from '../contracts/connection.ts'
import type { Json } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'
import type { Night, Room, Step } from './job.ts'
import { folderOf } from './landing.ts'
import type { Source, SourceObject } from './sources/source.ts'

/** One source object on one connection: what an interval is counted by. */
export interface Pipeline {
  readonly connection: Connection
  readonly source: Source
  readonly object: SourceObject
}

export const pipelinesOf = ({
  environment,
  catalogue,
}: Pick<Night, 'environment' | 'catalogue'>): readonly Pipeline[] =>
  environment.connections.flatMap(connection =>
    catalogue.sources
      .filter(source => source.name === connection.system)
      .flatMap(source => source.objects.map(object => ({ connection, source, object }))),
  )

/** The interval that the pipeline has to answer for this night; undefined where it is closed, or read again only later. */
export function dueInterval(night: Night, { object, connection }: Pipeline): Interval | undefined {
  const interval = night.interval(object.name, connection)
  if (interval === undefined || object.every === undefined) return interval
  return Date.parse(interval.to) - Date.parse(interval.from) >= object.every ? interval : undefined
}

export const extractStep = ({ object, connection }: Pipeline): string => `extract ${object.name} ${connection.name}`
export const loadStep = ({ object, connection }: Pipeline): string => `load ${object.name} ${connection.name}`

/** The steps of the night that load what the pipeline follows. */
export const followedSteps = (night: Night, { object: { follows }, connection }: Pipeline): readonly string[] =>
  follows === undefined
    ? []
    : pipelinesOf(night)
        .filter(
          each =>
            each.connection === connection &&
            each.object.claims.some(({ contract }) => contract.name === follows.contract.name) &&
            dueInterval(night, each) !== undefined,
        )
        .map(loadStep)

/** The arguments of an extract or load step. */
export interface PipelineArgs {
  readonly pipeline: string
  readonly connection: string
  readonly interval: Interval
  /** True on the step whose success closes the interval. */
  readonly closes: boolean
  /** Set where the source is asked for an interval once more: when a person asked for it. It has a landing of its own. */
  readonly asked?: string
  /** Set where a landing is loaded again although it has been loaded: the run that asked for it. */
  readonly again?: string
}

/** What a step reads or loads of a pipeline. */
export type Asked = Pick<PipelineArgs, 'interval' | 'asked'>

export const pipelineArgs = (
  { object, connection }: Pipeline,
  { interval, asked }: Asked,
  closes: boolean,
): { readonly [key: string]: Json } => ({
  pipeline: object.name,
  connection: connection.name,
  interval: { from: interval.from, to: interval.to },
  closes,
  ...(asked === undefined ? {} : { asked }),
})

/** A step's arguments with what they name in the project as it is now. */
export function pipelineOf(room: Room, step: Step): Pipeline & Asked & { readonly folder: string } {
  const args = step.args as unknown as PipelineArgs
  const found = pipelinesOf(room).find(
    each => each.object.name === args.pipeline && each.connection.name === args.connection,
  )
  if (found === undefined)
    throw new Fault({
      what: `the project no longer has the pipeline ${args.pipeline} on the connection ${args.connection}`,
      where: step.id,
      hint: 'Bring the connection back, or start a new run: the step belongs to an older project.',
      retry: 'never',
    })
  const folder = folderOf({ landing: room.environment.landing, ...args })
  const { interval, asked } = args
  return { ...found, interval, folder, ...(asked === undefined ? {} : { asked }) }
}
