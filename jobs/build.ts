import { type Connection, type Risk, risks } from '../contracts/connection.ts'
import { type Contract, tableOf } from '../contracts/contract.ts'
import { Fault } from '../contracts/fault.ts'
import { compileModels } from '../models/compiler/compile.ts'
import { modelRelations } from '../models/compiler/files.ts'
import type { Model } from '../models/model.ts'
import { opsRelations } from '../models/warehouse/ops.ts'
import { rawName, rawTable } from '../models/warehouse/raw.ts'
import type { Statement, Warehouse } from '../models/warehouse/warehouse.ts'
import type { Job, Night, Report, Room, Step } from './job.ts'
import { pipelinesOf } from './pipeline.ts'
import { type Publishing, publishModel } from './publish-model.ts'
import { writtenBy } from './written.ts'

interface BuildArgs {
  /** Null where the models did not compile: the step is there to say so. */
  readonly model: string | null
  readonly now: string
}

const connectionsRelation = 'ops.connections'

/**
 * Builds the project's models in the order in which they read each other; none is published before its audits hold. Models that do
 * not compile stop no load: one step fails in their place, and what waits for them waits.
 */
export const build: Job = {
  name: 'build',
  async steps(night: Night): Promise<readonly Step[]> {
    try {
      return [connectionsStep(night), ...modelSteps(night, await modelsOf(night, night.at))]
    } catch {
      return [connectionsStep(night), await refusalStep(night)]
    }
  },
  async run(room: Room, step: Step): Promise<Report> {
    const { model: relation, now } = step.args as unknown as BuildArgs
    if (relation === connectionsRelation)
      return room.warehouse(warehouse => writeConnections({ room, step, warehouse }))
    const model = (await modelsOf(room, now)).find(each => each.relation === relation)
    if (model === undefined)
      throw new Fault({
        what: relation === null ? 'the models were corrected since' : `the project no longer has the model ${relation}`,
        where: step.id,
        hint: 'Run again: the night is then planned anew, as the project is now.',
        retry: 'never',
      })
    return room.warehouse(async warehouse => {
      const notes = await emptyInputs({ room, warehouse, model })
      const report = await publishModel({ room, warehouse, model, now })
      const all = [...notes, ...(report.notes ?? [])]
      return all.length === 0 ? report : { ...report, notes: all }
    })
  },
}

const connectionsStep = ({ at }: Night): Step => ({
  id: buildStep(connectionsRelation),
  job: 'build',
  args: { model: connectionsRelation, now: at },
  after: [],
  writes: [connectionsRelation],
  risk: 'financial',
})

function modelSteps({ at, before }: Night, models: readonly Model[]): readonly Step[] {
  const own = new Set([connectionsRelation, ...models.map(({ relation }) => relation)])
  const graveness = riskOf(models)
  return models.map(({ relation, reads }) => ({
    id: buildStep(relation),
    job: 'build',
    args: { model: relation, now: at },
    after: [
      ...reads.filter(read => own.has(read)).map(buildStep),
      ...before.filter(step => step.writes.some(written => reads.includes(written))).map(({ id }) => id),
    ],
    writes: [relation],
    risk: graveness(relation),
  }))
}

const refusalStep = async ({ project, at }: Night): Promise<Step> => ({
  id: 'build models',
  job: 'build',
  args: { model: null, now: at },
  after: [],
  writes: await modelRelations(project.root),
  risk: 'financial',
})

const buildStep = (relation: string): string => `build ${relation}`

/** The last night's models of each project: a night compiles once, and the next one sees what was changed in between. */
const compiled = new Map<string, { readonly now: string; readonly models: Promise<readonly Model[]> }>()

/** The project's models, compiled; a Fault says what is wrong in which file. */
export function modelsOf(
  { project, environment, catalogue }: Pick<Night, 'project' | 'environment' | 'catalogue'>,
  now: string,
): Promise<readonly Model[]> {
  const known = compiled.get(project.root)
  if (known?.now === now) return known.models
  const raw = catalogue.contracts.map(contract => `raw.${tableOf(contract)}`)
  const models = compileModels({
    root: project.root,
    known: [...raw, ...opsRelations],
    variables: Object.keys(environment.variables),
  })
  compiled.set(project.root, { now, models })
  models.catch(() => compiled.delete(project.root))
  return models
}

/** A relation is as grave as the gravest of the models that wait for it. */
function riskOf(models: readonly Model[]): (relation: string) => Risk {
  const found = new Map<string, Risk>()
  const raise = (relation: string, risk: Risk): void => {
    const standing = found.get(relation) ?? 'analytical'
    found.set(relation, risks.indexOf(risk) < risks.indexOf(standing) ? risk : standing)
  }
  for (const { relation, reads, header } of models.toReversed()) {
    raise(relation, header.risk)
    for (const read of reads) raise(read, found.get(relation) ?? header.risk)
  }
  return relation => found.get(relation) ?? 'analytical'
}

/**
 * Says of each relation of `raw` that the model reads whether no connection of the environment brings it: it is then empty, and made so where it does
 * not stand. A house without an ERP has the models of one without it. A Fault where a connection should have brought it, and never has.
 */
async function emptyInputs({
  room,
  warehouse,
  model,
}: Pick<Publishing, 'room' | 'warehouse' | 'model'>): Promise<readonly string[]> {
  const notes: string[] = []
  const brought = broughtIn(room)
  for (const contract of room.catalogue.contracts.filter(each => model.reads.includes(rawName(each)))) {
    const read = rawName(contract)
    const stands = (await warehouse.columns(read)) !== undefined
    if (brought.has(contract.name) && !stands) throw neverLoaded(read, model)
    if (brought.has(contract.name)) continue
    if (!stands) await makeEmpty({ room, warehouse }, contract)
    notes.push(
      `${model.relation}: no connection of ${room.environment.name} brings ${read}: what it reads of it is ${stands ? 'what was loaded before' : 'empty'}`,
    )
  }
  return notes
}

async function makeEmpty(
  { room, warehouse }: Pick<Publishing, 'room' | 'warehouse'>,
  contract: Contract,
): Promise<void> {
  const relation = rawName(contract)
  await warehouse.apply({
    key: `empty ${relation} ${room.run} ${room.token}`,
    token: room.token,
    writes: [relation],
    statements: rawTable(contract).map(sql => ({ sql })),
  })
}

const broughtIn = (room: Room): ReadonlySet<string> =>
  new Set(pipelinesOf(room).flatMap(({ object }) => writtenBy(object, room.catalogue).map(({ name }) => name)))

const neverLoaded = (read: string, { file }: Model): Fault =>
  new Fault({
    what: `nothing was ever loaded into ${read}`,
    where: file,
    hint: '`boomerang runs` shows what became of the loads that bring it.',
    retry: 'never',
  })

interface Writing {
  readonly room: Room
  readonly step: Step
  readonly warehouse: Warehouse
}

async function writeConnections({ room, step, warehouse }: Writing): Promise<Report> {
  const { connections } = room.environment
  await warehouse.apply({
    key: `${step.id} ${room.run} ${room.token}`,
    token: room.token,
    writes: step.writes,
    statements: [{ sql: `delete from ${connectionsRelation}` }, ...connections.map(insertConnection)],
  })
  return { counts: { rows: connections.length } }
}

const insertConnection = (connection: Connection): Statement => ({
  sql: `insert into ${connectionsRelation} (connection, system, brand, region, currency, time_zone) values ($1, $2, $3, $4, $5, $6)`,
  parameters: [
    connection.name,
    connection.system,
    connection.brand,
    connection.region,
    connection.currency,
    connection.timeZone,
  ],
})
