import type { Catalogue } from '../../../jobs/job.ts'
import { backfillOf } from '../../../models/backfill.ts'
import { type Beside, besideName } from '../../../models/beside.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import { selectModels } from '../../../models/compiler/select.ts'
import type { Model } from '../../../models/model.ts'
import { isChanged, type OtherReader, type PlannedModel, planModels, type Standing } from '../../../models/plan.ts'
import type { Range } from '../../../models/ranges.ts'
import type { Warehouse } from '../../../models/warehouse/warehouse.ts'
import type { Office } from '../../office.ts'
import type { CheckedModels } from './check.ts'

export interface PlanOptions {
  readonly terms: readonly string[]
  readonly exclude?: readonly string[]
  /** Beside production, under this name. */
  readonly env?: string
}

export interface PlannedModels {
  readonly planned: readonly PlannedModel[]
  readonly beside: Beside | undefined
}

/** What would be built of the chosen models, and why; beside production that is what differs from it, and what reads that. */
export async function plannedModels(
  { lane, environment }: Office,
  { compiled, checked, lineage }: CheckedModels,
  { catalogue, now, ...options }: PlanOptions & { readonly catalogue: Catalogue; readonly now: string },
): Promise<PlannedModels> {
  return lane.use(async warehouse => {
    const builds = await buildsOf(warehouse)
    const changed = new Set(
      compiled.models.filter(model => isChanged(model, builds.get(model.relation))).map(({ relation }) => relation),
    )
    const byDefault = options.env === undefined ? [] : ['state:changed+']
    const terms = options.terms.length === 0 ? byDefault : options.terms
    const chosen = selectModels(compiled.models, { terms, without: options.exclude ?? [], changed })
    const standing = await standingOf(warehouse, chosen, builds)
    const covered = await coveredBy(warehouse)
    const [first] = environment.connections.map(({ since }) => since).toSorted()
    if ([...standing.values()].some(({ columns }) => columns !== undefined)) await loadParser()
    const planned = planModels({
      chosen,
      models: compiled.models,
      columns: checked.columns,
      standing,
      readers: otherReaders(catalogue, compiled),
      now,
      lineage,
      backfill: model =>
        model.header.kind === 'incremental'
          ? backfillOf(model, {
              fingerprint: builds.get(model.relation)?.fingerprint ?? undefined,
              covered: covered.get(model.relation) ?? [],
              now,
              first,
            })
          : undefined,
    })
    return {
      planned,
      beside:
        options.env === undefined ? undefined : { name: options.env, models: chosen.map(({ relation }) => relation) },
    }
  })
}

export type Build = Omit<Standing, 'columns'>

/** Those of a place beside production count for that place only. */
export async function buildsOf(warehouse: Warehouse): Promise<ReadonlyMap<string, Build>> {
  const builds = new Map<string, Build>()
  const sql = 'select model, own, header, fingerprint, rows, published_at from ops.builds'
  for await (const rows of warehouse.stream({ sql }))
    for (const row of rows)
      builds.set(String(row.model), {
        fingerprint: row.fingerprint as string | null,
        own: row.own as string | null,
        header: row.header as string | null,
        rows: row.rows as bigint | null,
        publishedAt: row.published_at as string | null,
      })
  return builds
}

/** What each incremental model has been built for. */
async function coveredBy(warehouse: Warehouse): Promise<ReadonlyMap<string, readonly Range[]>> {
  const covered = new Map<string, Range[]>()
  const sql = 'select model, interval_from, interval_to from ops.intervals'
  for await (const rows of warehouse.stream({ sql }))
    for (const { model, interval_from: from, interval_to: to } of rows) {
      const ranges = covered.get(String(model)) ?? []
      covered.set(String(model), [...ranges, { from: String(from), to: String(to) }])
    }
  return covered
}

/** The columns that stand are asked for only where the model or what it reads is another: all others give what they gave. */
async function standingOf(
  warehouse: Warehouse,
  chosen: readonly Model[],
  builds: ReadonlyMap<string, Build>,
): Promise<ReadonlyMap<string, Standing>> {
  const standing = new Map<string, Standing>()
  for (const { relation, fingerprint } of chosen) {
    const build = builds.get(relation)
    if (build === undefined) continue
    const isSame = build.fingerprint === fingerprint
    const columns = isSame ? undefined : await warehouse.columns(relation)
    if (isSame || columns !== undefined) standing.set(relation, { ...build, columns })
  }
  return standing
}

function otherReaders({ syncs }: Catalogue, { exposures }: CheckedModels['compiled']): readonly OtherReader[] {
  const bySync = syncs.map(({ name, model, id, asOf, fields }) => ({
    name: `sync ${name}`,
    relation: model,
    columns: ['connection', id, asOf, ...Object.keys(fields)],
  }))
  const byPeople = exposures.flatMap(({ name, reads }) =>
    reads.map((read): OtherReader => {
      const [schema, table, column] = read.split('.')
      return {
        name: `dashboard ${name}`,
        relation: `${schema}.${table}`,
        columns: column === undefined ? 'all' : [column],
      }
    }),
  )
  return [...bySync, ...byPeople]
}

export const placeOf = (model: Model, beside: Beside | undefined): string =>
  beside === undefined ? model.relation : besideName(model.relation, beside)
