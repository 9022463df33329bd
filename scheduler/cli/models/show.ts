import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { closest } from '../../../models/compiler/closest.ts'
import { filled } from '../../../models/compiler/parameters.ts'
import { personalColumns } from '../../../models/compiler/personal.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import { selectModels } from '../../../models/compiler/select.ts'
import { cteQuery } from '../../../models/compiler/sql.ts'
import type { Model } from '../../../models/model.ts'
import type { Cells } from '../../../models/warehouse/warehouse.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Office } from '../../office.ts'
import { slotAt } from '../../planner/slots.ts'
import { counted, table } from '../table.ts'
import { checkedModels, say, tellMistakes } from './check.ts'

export interface ShowOptions {
  readonly model: string
  /** A common table expression of it. */
  readonly cte?: string
  readonly rows: string
  readonly json: boolean
}

/** Prints the first rows of what a model, or a part of it, would give now; writes nothing. Personal columns are masked. */
export async function modelShow(office: Office, catalogue: Catalogue, options: ShowOptions): Promise<number> {
  const found = await checkedModels(office, catalogue)
  const model = oneModel(found.compiled.models, options.model)
  const own = found.checked.mistakes.filter(({ file }) => file === model.file)
  if (own.length > 0)
    return tellMistakes(office.project.root, { ...found, checked: { ...found.checked, mistakes: own }, json: false })
  const now = slotAt(office.project.schedule, office.outside.now())
  const [first] = office.environment.connections.map(({ since }) => since).toSorted()
  const within = { now, start: first ?? now, end: now, variables: office.environment.variables }
  await loadParser()
  const query = queryOf(model, options.cte)
  const sql = filled(query, within)
  const most = mostRows(options.rows)
  const rows = await office.lane.use(warehouse => warehouse.query({ sql: `select * from (${sql}\n) limit ${most}` }))
  const isPersonal = personalColumns({
    models: found.compiled.models,
    contracts: catalogue.contracts,
    lineage: found.lineage,
  })
  const shown = rows.map(row => masked(row, column => isPersonal({ ...model, sql: query }, column)))
  say(
    options.json
      ? shown.map(jsonText).join('\n')
      : tableText(
          shown,
          `${model.relation}${options.cte === undefined ? '' : `, ${options.cte}`}: ${counted(rows.length, 'row')}${rows.length === most ? ', and perhaps more' : ''}.`,
        ),
  )
  return exitCodes.ok.code
}

export function oneModel(models: readonly Model[], term: string): Model {
  const [model, ...more] = selectModels(models, { terms: [term] })
  if (model !== undefined && more.length === 0) return model
  throw usage(`${term} may be ${[model, ...more].map(each => each?.relation).join(' or ')}`, 'Name one: schema.name.')
}

function queryOf({ sql, relation }: Model, cte: string | undefined): string {
  if (cte === undefined) return sql
  const { query, names } = cteQuery(sql, cte)
  if (query !== undefined) return query
  const near = closest(cte, names)
  throw usage(
    `${relation} has no part ${cte}`,
    names.length === 0
      ? 'It has no common table expression.'
      : near === undefined
        ? `It has ${names.join(', ')}.`
        : `Did you mean ${near}?`,
  )
}

function mostRows(text: string): number {
  const most = Number(text)
  if (Number.isInteger(most) && most > 0 && most <= 10_000) return most
  throw usage(`"${text}" is no number of rows`, 'Write one from 1 to 10000.')
}

/** What tells of a person is shown to nobody, whatever name a part of the query gives it. */
const masked = (row: Cells, isPersonal: (column: string) => boolean): Cells =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, value !== null && isPersonal(column) ? '(personal)' : value]),
  )

const jsonText = (row: Cells): string =>
  JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))

const tableText = (rows: readonly Cells[], title: string): string =>
  rows[0] === undefined
    ? title
    : `${table([Object.keys(rows[0]), ...rows.map(row => Object.values(row).map(cellText))])}\n${title}`

const widest = 40
function cellText(value: Cells[string] | undefined): string {
  const text = value === null || value === undefined ? '' : String(value).replaceAll(/\s+/g, ' ')
  return text.length > widest ? `${text.slice(0, widest)}…` : text
}

const usage = (what: string, hint: string): Fault =>
  new Fault({ what, where: 'the command line', hint, retry: 'never' })
