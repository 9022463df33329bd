import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { quote } from '../contracts/admission.ts'
import { Fault } from '../contracts/fault.ts'
import { instantOf } from '../contracts/instant.ts'
import type { Part } from '../models/warehouse/merge.ts'
import { rawName, rawTables } from '../models/warehouse/raw.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'
import { riskOf } from './extract.ts'
import { gate } from './gate/gate.ts'
import { type Gated, gateFileOf } from './gate/gated.ts'
import type { Catalogue, Job, Night, Report, Room, Step } from './job.ts'
import { bringLanded, dropCopies, keepingOf, keptManifest, landedIn } from './kept.ts'
import { type Manifest, spoolOf } from './landing.ts'
import { contractsOf, gatherParts, type LoadCounts, overLimit, stageRejects } from './load-parts.ts'
import { changedBy, loadReport } from './load-report.ts'
import { type LandingLoad, unitOf } from './load-unit.ts'
import {
  type Asked,
  dueInterval,
  extractStep,
  loadStep,
  type Pipeline,
  type PipelineArgs,
  pipelineArgs,
  pipelineOf,
  pipelinesOf,
} from './pipeline.ts'
import { wordsFor, writtenBy } from './written.ts'

/** Judges each landing and brings what was accepted into `raw`, all contracts of it in one atomic unit. */
export const load: Job = {
  name: 'load',
  async steps(night: Night): Promise<readonly Step[]> {
    return pipelinesOf(night).flatMap(pipeline => {
      const interval = dueInterval(night, pipeline)
      if (interval === undefined) return []
      return [{ ...loadStepOf(pipeline, night.catalogue, { interval }), after: [extractStep(pipeline)] }]
    })
  },
  async run(room: Room, step: Step): Promise<Report> {
    const { folder, ...pipeline } = pipelineOf(room, step)
    const keeping = await keepingOf(room, room.environment)
    const manifest = await keptManifest(keeping, folder)
    if (manifest === undefined)
      throw new Fault({
        what: 'the interval has no landing',
        where: folder,
        hint:
          pipeline.asked === undefined
            ? 'The next night extracts it anew.'
            : 'It was kept no longer: ask for the day once more with `boomerang backfill`.',
        retry: 'never',
      })
    for (const { landed } of manifest.deliveries) await bringLanded(keeping, folder, landed)
    const report = await room.warehouse(warehouse => loadLanding({ room, step, pipeline, folder, manifest, warehouse }))
    const spool = spoolOf(room.environment.landing, pipeline.connection.name)
    await pipeline.object.after?.({ spool }, landedIn(manifest))
    await dropCopies(keeping, folder, manifest)
    return report
  },
}

/** The step that loads one landing; it closes the interval unless a person asked for it once more. */
export const loadStepOf = (
  pipeline: Pipeline,
  catalogue: Pick<Catalogue, 'contracts'>,
  { again, ...asked }: Asked & Pick<PipelineArgs, 'again'>,
): Step => ({
  id: loadStep(pipeline),
  job: 'load',
  args: {
    ...pipelineArgs(pipeline, asked, again === undefined && asked.asked === undefined),
    ...(again === undefined ? {} : { again }),
  },
  after: [],
  writes: writtenBy(pipeline.object, catalogue).map(rawName),
  risk: riskOf(pipeline),
})

interface Loading extends LandingLoad {
  readonly folder: string
  readonly warehouse: Warehouse
}

async function loadLanding(loading: Loading): Promise<Report> {
  const { pipeline, folder, manifest, warehouse } = loading
  const { again } = loading.step.args as unknown as PipelineArgs
  const key = loadKey(pipeline, manifest, again)
  const known = await warehouse.query({
    sql: `select counts from ops.loads where key = ${quote(key)} and state = 'applied'`,
  })
  if (known[0] !== undefined) return loadReport(pipeline.object, JSON.parse(String(known[0].counts)) as LoadCounts)
  const scratch = join(folder, 'scratch')
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  await warehouse.local.run(`attach if not exists ':memory:' as gate`)
  try {
    const gated = await gateAll(loading, { key, scratch })
    return await applyGated(loading, { key, gated, judgedAt: instantOf(loading.room.now()) })
  } finally {
    await warehouse.local.run('detach database if exists gate')
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Names the work by what is loaded under which promises, never by run or attempt; by when a person asked the source once more, and `again` by who asked to load it once more. */
function loadKey(
  { object, connection }: Pick<Pipeline, 'object' | 'connection'>,
  manifest: Manifest,
  again?: string,
): string {
  const facts = [
    object.name,
    connection.name,
    manifest.interval,
    object.claims.map(claim => [claim.contract.name, claim.contract.version]),
    manifest.deliveries.map(({ landed }) => landed.sha256),
    ...(manifest.asked === undefined ? [] : [`asked ${manifest.asked}`]),
    ...(again === undefined ? [] : [again]),
  ]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)
}

async function gateAll(
  { pipeline, folder, manifest, warehouse, room }: Loading,
  { key, scratch }: { key: string; scratch: string },
): Promise<readonly Gated[]> {
  const gated: Gated[] = []
  let offset = 0
  for (const [at, { landed, promised }] of manifest.deliveries.entries()) {
    const file = {
      ...gateFileOf(pipeline.object, folder, landed),
      scratch,
      offset,
      prefix: `f${key.slice(0, 8)}_${at}`,
    }
    const found = await gate(warehouse.local, file)
    checkCount('records', { said: promised.records, found: found.delivered, where: file.path })
    checkCount('records without a parent', { said: promised.roots, found: found.roots, where: file.path })
    offset += found.delivered
    gated.push(found)
    room.progress(offset)
  }
  return gated
}

function checkCount(
  what: string,
  { said, found, where }: { said: number | undefined; found: number; where: string },
): void {
  if (said === undefined || said === found) return
  throw new Fault({
    what: `the source counted ${said} ${what}, and ${found} were read`,
    where,
    hint: 'Nothing was loaded and the interval stays open: the next night reads it anew. If it stays so, ask the sender.',
    retry: 'never',
  })
}

async function applyGated(
  loading: Loading,
  { key, gated, judgedAt }: { readonly key: string; readonly gated: readonly Gated[]; readonly judgedAt: string },
): Promise<Report> {
  const { room, pipeline, warehouse } = loading
  const { claims } = pipeline.object
  const { parts, counts } = await gatherParts(warehouse.local, claims, gated)
  const rejects = await stageRejects(warehouse.local, gated)
  const stopped = overLimit(counts, contractsOf(claims))
  await stageParts(warehouse, parts, key)
  const written = writtenBy(pipeline.object, room.catalogue)
  const words = wordsFor(written, room.catalogue)
  const tables = await rawTables(warehouse, [...new Set([...written, ...words])])
  const at = instantOf(room.now())
  const judged = { key, judgedAt, at, rejects, counts, written, words, tables }
  await warehouse.apply(unitOf(loading, { ...judged, parts: stopped === undefined ? parts : undefined }))
  if (stopped !== undefined) throw stopped
  const scope = { object: pipeline.object, connection: pipeline.connection.name, load: key, at }
  const perishable = words.length > 0 || pipeline.object.whole === true ? written : []
  const accepted = Object.values(counts.contracts).some(contract => contract.accepted > 0)
  return loadReport(pipeline.object, counts, {
    ...(await changedBy(warehouse, { accepted, perishable }, scope)),
    gaps: loading.manifest.asides.filter(({ kind }) => kind === 'gap').length,
  })
}

/** Hands the stages to the warehouse where it is another engine than the local one. */
async function stageParts(warehouse: Warehouse, parts: readonly Part[], key: string): Promise<void> {
  for (const part of parts) for (const stage of part.stages) await warehouse.stage(stage, key)
}
