import { Fault } from '../contracts/fault.ts'
import { dayMs, earlier, instantOf } from '../contracts/instant.ts'
import { heard } from './bells.ts'
import { dueKeys } from './due-keys.ts'
import { openGaps } from './gaps.ts'
import type { Job, Night, Report, Room, Step } from './job.ts'
import { type Keeping, keepingOf, keepLanding, keptManifest } from './kept.ts'
import { clearLanding, landFile, type Manifest, spoolOf, writeManifest } from './landing.ts'
import { forgetLandings, landedBefore } from './landings.ts'
import {
  type Asked,
  dueInterval,
  extractStep,
  followedSteps,
  type Pipeline,
  pipelineArgs,
  pipelineOf,
  pipelinesOf,
} from './pipeline.ts'
import { type Aside, type Delivery, type Format, hasHeader, type SourceObject } from './sources/source.ts'

/** Lands what each source has for the interval, exactly as delivered, with what the source said of it. */
export const extract: Job = {
  name: 'extract',
  async steps(night: Night): Promise<readonly Step[]> {
    return pipelinesOf(night).flatMap(pipeline => {
      const interval = dueInterval(night, pipeline)
      if (interval === undefined) return []
      return [{ ...extractStepOf(pipeline, { interval }), after: followedSteps(night, pipeline) }]
    })
  },
  async run(room: Room, step: Step): Promise<Report> {
    const { connection, object, interval, folder, asked } = pipelineOf(room, step)
    const spool = spoolOf(room.environment.landing, connection.name)
    const keeping = await keepingOf(room, room.environment)
    const landed = await keepLanding(keeping, folder, (await keptManifest(keeping, folder)) ?? (await land()))
    const counts = { in: landed.deliveries.reduce((sum, delivery) => sum + recordsOf(object, delivery), 0) }
    const none =
      landed.deliveries.length > 0 || object.follows !== undefined || object.rereads === true
        ? []
        : [`${connection.name} delivered no ${object.name} in this interval`]
    return {
      counts,
      notes: [...none, ...landed.asides.flatMap(aside => noteOf(aside, `${object.name} of ${connection.name}`))],
    }

    async function land(): Promise<Manifest> {
      await forgetOld(room, keeping, { object, connection })
      await clearLanding(folder)
      const window = { from: earlier(interval.from, object.overlapMs), to: interval.to }
      const began = instantOf(room.now())
      const deliveries: Delivery[] = []
      const asides: Aside[] = []
      const scope = { pipeline: object.name, connection: connection.name }
      const request = {
        connection,
        interval: window,
        ...(asked === undefined ? {} : { ends: true as const }),
        land: landFile.bind(undefined, { ...object, folder }),
        spool,
        heard: (name: string) => heard(spool, name),
        earlier: () => landedBefore(keeping, { interval, ...scope }),
        due: (most: number) =>
          room.warehouse(warehouse => dueKeys(warehouse, { object, connection: connection.name, most })),
        gaps: () => room.warehouse(warehouse => openGaps(warehouse, scope)),
        setAside: (aside: Aside) => void asides.push(aside),
      }
      for await (const delivery of object.extract(room, request)) {
        checkPromised(delivery, { format: object.format, where: `${object.name} of ${connection.name}` })
        deliveries.push(delivery)
        room.log('landed', {
          object: object.name,
          connection: connection.name,
          file: delivery.landed.name,
          bytes: delivery.landed.bytes,
        })
      }
      const once = asked === undefined ? {} : { asked }
      const extractedAt = readAt(began, deliveries)
      const manifest = { ...scope, interval, ...once, window, extractedAt, deliveries, asides }
      await writeManifest(folder, manifest)
      return manifest
    }
  },
}

/** What an earlier attempt had the source make tells nothing of what happened since: all of the landing is as old as the oldest of it. */
const readAt = (began: string, deliveries: readonly Delivery[]): string =>
  [began, ...deliveries.flatMap(({ asOf }) => asOf ?? [])].toSorted()[0] ?? began

/** Takes away what needs to be kept no longer, before something new lands: what has landed now is loaded first, however old its interval. */
async function forgetOld(
  { environment: { keepDays }, now }: Room,
  keeping: Keeping,
  { object, connection }: Pick<Pipeline, 'object' | 'connection'>,
): Promise<void> {
  if (keepDays === undefined) return
  const before = earlier(instantOf(now()), keepDays * dayMs)
  const scope = { connection: connection.name, pipeline: object.name }
  await forgetLandings(keeping, { ...scope, before, manifests: object.remembers === true })
}

function noteOf(aside: Aside, where: string): readonly string[] {
  switch (aside.kind) {
    case 'gap':
      return [
        `${where}: a part could not be read and is asked for again each night (${aside.gap.id}): ${aside.gap.why}`,
      ]
    case 'filled':
      return [`${where}: read after all: ${aside.gap}`]
    case 'dropped':
      return [`${where}: without the access scope ${aside.scope} these stay empty: ${aside.columns.join(', ')}`]
    case 'left':
      return [`${where}: ${aside.records} more are left to the next nights`]
    case 'beside':
      return []
  }
}

/** Records, as far as they can be told before the gate reads them. */
const recordsOf = (object: SourceObject, { landed: { lines }, promised }: Delivery): number =>
  promised.records ?? Math.max(0, (lines ?? 0) - (hasHeader(object) ? 1 : 0))

/** The step that lands what a pipeline has for an interval. */
export const extractStepOf = (pipeline: Pipeline, asked: Asked): Step => ({
  id: extractStep(pipeline),
  job: 'extract',
  args: pipelineArgs(pipeline, asked, false),
  after: [],
  writes: [],
  pool: pipeline.connection.name,
  risk: riskOf(pipeline),
})

/** A pipeline is as grave as the gravest of what it brings. */
export function riskOf({ object }: Pipeline): Step['risk'] {
  const found = object.claims.map(claim => claim.contract.risk)
  return found.includes('financial') ? 'financial' : found.includes('operational') ? 'operational' : 'analytical'
}

/** A Fault unless what arrived is what the source said that it delivered; the interval stays open. */
function checkPromised(
  { landed, promised }: Delivery,
  { format, where }: { readonly format: Format; readonly where: string },
): void {
  const pairs = [
    ['bytes', promised.bytes, landed.bytes],
    ['checksum', promised.sha256, landed.sha256],
    ['records', format === 'ndjson' ? promised.records : undefined, landed.lines],
  ] as const
  for (const [what, said, came] of pairs)
    if (said !== undefined && said !== came)
      throw new Fault({
        what: `the source said ${what} ${said}, and ${came} arrived in ${landed.name}`,
        where,
        hint: 'Nothing of it is loaded and the interval stays open. It is fetched again; if it stays so, ask the sender.',
        retry: 'now',
      })
}
