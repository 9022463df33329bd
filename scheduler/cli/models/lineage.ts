import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { closest } from '../../../models/compiler/closest.ts'
import { readsColumn } from '../../../models/compiler/lineage.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import type { Model } from '../../../models/model.ts'
import { rawName } from '../../../models/warehouse/raw.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { type CheckedModels, checkedModels, say } from './check.ts'
import { oneModel } from './show.ts'

/** Prints where a column comes from, up to the field of the source, and who reads it; or the same of every column of a model. */
export async function modelLineage(site: Site, catalogue: Catalogue, named: string): Promise<number> {
  const found = await checkedModels(site, catalogue)
  await loadParser()
  const { model, column } = columnNamed(found, named)
  const trace = tracer(found, catalogue)
  const columns =
    column === undefined ? (found.checked.columns.get(model.relation) ?? []).map(({ name }) => name) : [column]
  for (const each of columns)
    say([`${model.relation}.${each}`, ...trace.up(`${model.relation}.${each}`, '  ')].join('\n'))
  const readers = columns.flatMap(each => trace.readers(`${model.relation}.${each}`))
  await found.keep()
  say(readers.length === 0 ? 'Nobody reads it.' : `Read by ${[...new Set(readers)].join(', ')}.`)
  return exitCodes.ok.code
}

/** `marts.orders`, `orders`, `marts.orders.total` or `orders.total`. */
function columnNamed(
  { compiled, checked }: CheckedModels,
  named: string,
): { readonly model: Model; readonly column?: string } {
  const dot = named.lastIndexOf('.')
  const isModel = compiled.models.some(({ relation, name }) => relation === named || name === named)
  if (isModel || dot < 0) return { model: oneModel(compiled.models, named) }
  const model = oneModel(compiled.models, named.slice(0, dot))
  const column = named.slice(dot + 1)
  const columns = (checked.columns.get(model.relation) ?? []).map(({ name }) => name)
  if (columns.includes(column)) return { model, column }
  const near = closest(column, columns)
  throw new Fault({
    what: `${model.relation} gives no column ${column}`,
    where: 'the command line',
    hint: near === undefined ? `It gives ${columns.join(', ')}.` : `Did you mean ${near}?`,
    retry: 'never',
  })
}

interface Tracer {
  /** Lines that lead up to the sources, deeper at each step. */
  up(column: string, indent: string): readonly string[]
  readers(column: string): readonly string[]
}

function tracer({ compiled, lineage: follow }: CheckedModels, catalogue: Catalogue): Tracer {
  const fields = sourceFields(catalogue)
  const up: Tracer['up'] = (column, indent) => {
    const [relation, name] = splitColumn(column)
    const model = compiled.models.find(each => each.relation === relation)
    if (model === undefined) return (fields.get(column) ?? []).map(field => `${indent}${field}`)
    const lineage = follow(model)
    const from = lineage.columns.get(name)
    if (from === undefined) return [`${indent}not known: the query cannot be followed`]
    return from.flatMap(each => [`${indent}${each}`, ...up(each, `${indent}  `)])
  }
  const readers: Tracer['readers'] = column => {
    const [relation, name] = splitColumn(column)
    const models = compiled.models.filter(model => model.reads.includes(relation) && readsColumn(follow(model), column))
    const syncs = catalogue.syncs.filter(
      ({ model, id, asOf, fields: mapped }) => model === relation && [id, asOf, ...Object.keys(mapped)].includes(name),
    )
    const people = compiled.exposures.filter(({ reads }) => reads.includes(relation) || reads.includes(column))
    return [
      ...models.map(each => each.relation),
      ...syncs.map(each => `sync ${each.name}`),
      ...people.map(each => `dashboard ${each.name}`),
    ]
  }
  return { up, readers }
}

const splitColumn = (column: string): readonly [relation: string, name: string] => {
  const dot = column.lastIndexOf('.')
  return [column.slice(0, dot), column.slice(dot + 1)]
}

/** Of each column of `raw` the field of each source that fills it. */
function sourceFields({ sources }: Catalogue): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>()
  for (const object of sources.flatMap(source => source.objects))
    for (const { contract, fields: paths, each } of object.claims)
      for (const [column, path] of Object.entries(paths)) {
        const name = `${rawName(contract)}.${column}`
        fields.set(name, [
          ...(fields.get(name) ?? []),
          `${object.name}: ${each === undefined ? '' : `${each}[].`}${String(path)}`,
        ])
      }
  return fields
}
