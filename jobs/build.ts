import { type Connection, type Risk, risks } from '../contracts/connection.ts'
import { tableOf } from '../contracts/contract.ts'
import { Fault } from '../contracts/fault.ts'
import { type Beside, besideName, besideOf } from '../models/beside.ts'
import { projectCache } from '../models/compiler/cache.ts'
import { type CompileTerms, compileModels } from '../models/compiler/compile.ts'
import { modelRelations } from '../models/compiler/files.ts'
import { loadParser } from '../models/compiler/polyglot.ts'
import { readFunctions } from '../models/compiler/project-functions.ts'
import type { Model } from '../models/model.ts'
import { opsRelations } from '../models/warehouse/ops.ts'
import type { Statement, Warehouse } from '../models/warehouse/warehouse.ts'
import { emptyInputs } from './empty-inputs.ts'
import type { Job, Night, Report, Room, Step } from './job.ts'
import { type Asked, publishModel } from './publish-model.ts'

interface BuildArgs {
  /** Null where the models did not compile: the step is there to say so. */
  readonly model: string | null
  readonly now: string
  readonly asked?: Asked
  readonly beside?: Beside
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
    const { model: relation, now, asked, beside } = step.args as unknown as BuildArgs
    if (relation === connectionsRelation)
      return room.warehouse(warehouse => writeConnections({ room, step, warehouse }))
    const found = (await modelsOf(room, `${room.run} ${now}`)).find(each => each.relation === relation)
    if (found === undefined)
      throw new Fault({
        what: relation === null ? 'the models were corrected since' : `the project no longer has the model ${relation}`,
        where: step.id,
        hint: 'Run again: the night is then planned anew, as the project is now.',
        retry: 'never',
      })
    if (beside !== undefined) await loadParser()
    const model = beside === undefined ? found : besideOf(found, beside)
    return room.warehouse(async warehouse => {
      const notes = await emptyInputs({ room, warehouse, model })
      const report = await publishModel({ room, warehouse, model, now, asked })
      const all = [...notes, ...(report.notes ?? [])]
      return all.length === 0 ? report : { ...report, notes: all }
    })
  },
}

export interface BuildTerms {
  /** The night's end that the models are built for. */
  readonly now: string
  readonly asked?: Asked | undefined
  readonly beside?: Beside | undefined
}

/** The steps that build some models by themselves, each after those of them that it reads. */
export function buildSteps(models: readonly Model[], { now, asked, beside }: BuildTerms): readonly Step[] {
  const places = models.map(model => ({
    model,
    relation: beside === undefined ? model.relation : besideName(model.relation, beside),
  }))
  const graveness = riskOf(models)
  return places.map(({ model, relation }) => ({
    id: buildStep(relation),
    job: 'build',
    args: {
      model: model.relation,
      now,
      ...(asked === undefined ? {} : { asked }),
      ...(beside === undefined ? {} : { beside }),
    } as unknown as Step['args'],
    after: places.filter(each => model.reads.includes(each.model.relation)).map(each => buildStep(each.relation)),
    writes: [relation],
    risk: graveness(model.relation),
  }))
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

/** The last models of each project: a run compiles once, and the next one sees what was changed in between. */
const compiled = new Map<string, { readonly as: string; readonly models: Promise<readonly Model[]> }>()

/** The project's models, compiled once for all that asks `as` the same; a Fault says what is wrong in which file. */
export function modelsOf(
  { project, environment, catalogue }: Pick<Night, 'project' | 'environment' | 'catalogue'>,
  as: string,
): Promise<readonly Model[]> {
  const known = compiled.get(project.root)
  if (known?.as === as) return known.models
  const raw = catalogue.contracts.map(contract => `raw.${tableOf(contract)}`)
  const models = compiledOnce({
    root: project.root,
    known: [...raw, ...opsRelations],
    variables: Object.keys(environment.variables),
    targets: project.targets,
  })
  compiled.set(project.root, { as, models })
  models.catch(() => compiled.delete(project.root))
  return models
}

async function compiledOnce(terms: CompileTerms): Promise<readonly Model[]> {
  const cache = await projectCache(terms.root)
  const models = await compileModels({ ...terms, cache })
  await cache.save()
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
    statements: [
      { sql: `delete from ${connectionsRelation}` },
      ...connections.map(insertConnection),
      ...warehouse.defining((await readFunctions(room.project.root)).functions),
    ],
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
