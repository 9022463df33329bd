import { columnOf, type Import, leftInFile, leftInProperties } from './import.ts'
import type { Left } from './left.ts'
import type { DbtNode, DbtSource } from './manifest.ts'

/** The tests of dbt on one relation that its header can say, by column; the others are left. */
export interface Promises {
  readonly byColumn: ReadonlyMap<string, readonly unknown[]>
  readonly left: readonly Left[]
}

type Test = { readonly carried: Readonly<Record<string, unknown>> | string } | Untaken

/** Reads what dbt tests of a relation. `reaches` says whether a relation is made of another: a reference must not close a circle. */
export function promisesOf(imported: Import, node: DbtNode | DbtSource, circles: Circles): Promises {
  const byColumn = new Map<string, unknown[]>()
  const left: Left[] = []
  for (const test of testsOf(imported, node.unique_id)) {
    const column = columnOf(test.column_name ?? String(test.test_metadata?.kwargs.column_name ?? ''))
    const carried = carriedTest(imported, test, circles)
    if ('carried' in carried && column !== undefined)
      byColumn.set(column, [...(byColumn.get(column) ?? []), carried.carried])
    else
      left.push(
        leftTest(imported, { node, test }, 'left' in carried ? carried : { left: 'it is not about one column' }),
      )
  }
  return { byColumn, left }
}

export interface Circles {
  /** Whether a relation stands only after another one; a reference that is accepted counts from then on. */
  readonly wouldClose: (from: string, to: string) => boolean
}

/** Remembers which relations wait for which. */
export function circlesOf({ manifest }: Import): Circles {
  const waits = new Map(
    [...Object.values(manifest.nodes)].map(({ unique_id, depends_on }) => [unique_id, new Set(depends_on.nodes)]),
  )
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set([from])
    for (const here of seen) for (const next of waits.get(here) ?? []) seen.add(next)
    return seen.has(to)
  }
  return {
    wouldClose: (from, to) => {
      if (reaches(to, from)) return true
      waits.set(from, (waits.get(from) ?? new Set()).add(to))
      return false
    },
  }
}

const testsOf = ({ manifest }: Import, id: string): readonly DbtNode[] =>
  Object.values(manifest.nodes).filter(
    ({ resource_type, attached_node, depends_on }) =>
      resource_type === 'test' && (attached_node ?? depends_on.nodes.at(-1)) === id,
  )

/** The words of a test in a header, or why it has none there. */
function carriedTest(imported: Import, test: DbtNode, circles: Circles): Test {
  const { test_metadata: about, config } = test
  if (about == null) return { left: 'it is a query of its own' }
  const called = about.namespace == null ? about.name : `${about.namespace}.${about.name}`
  const form = about.namespace == null ? forms[about.name] : undefined
  if (form === undefined) return { left: `no test here is called ${called}` }
  if (config.where != null) return { left: `it asks only where ${config.where}` }
  const bounds = [config.error_if, config.warn_if, config.fail_calc].filter(each => each != null)
  const odd = bounds.find(each => !['!= 0', '>0', '> 0', '<>0', 'count(*)'].includes(each))
  if (odd !== undefined) return { left: `it fails by a count of its own, ${odd}` }
  const carried = form(imported, test, circles)
  const warns = config.severity?.toLowerCase() === 'warn'
  if ('left' in carried || !warns) return carried
  const words = typeof carried.carried === 'string' ? { test: carried.carried } : carried.carried
  return { carried: { ...words, severity: 'warn' } }
}

type Form = (imported: Import, test: DbtNode, circles: Circles) => Test

const forms: Readonly<Record<string, Form>> = {
  unique: () => ({ carried: 'unique' }),
  not_null: () => ({ carried: 'not_null' }),
  accepted_values: (_, { test_metadata }) => {
    const { values, quote = true } = test_metadata?.kwargs ?? {}
    const isPlain = (each: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof each)
    if (!Array.isArray(values) || values.length === 0 || !values.every(isPlain))
      return { left: 'its values are no list of words and numbers' }
    if (quote === true) return { carried: { in: values.map(String) } }
    const unquoted = values.map(each => (/^-?\d{1,15}(\.\d+)?$/.test(String(each)) ? Number(each) : each))
    if (unquoted.some(each => typeof each === 'string')) return { left: 'its values are expressions' }
    return { carried: { in: unquoted } }
  },
  relationships: (imported, test, circles) => {
    const { field } = test.test_metadata?.kwargs ?? {}
    const own = test.attached_node ?? test.depends_on.nodes.at(-1) ?? ''
    const to = test.depends_on.nodes.find(each => each !== own) ?? own
    const [relation, column] = [imported.names.of(to), columnOf(String(field ?? ''))]
    if (relation === undefined || column === undefined) return { left: `what it refers to is no column here` }
    if (to !== own && circles.wouldClose(own, to))
      return {
        left: `${relation} is made of what refers to it`,
        todo: `Write its query as an audit of ${relation}, which stands after both.`,
      }
    return { carried: { references: `${relation}.${column}` } }
  },
}

interface Untaken {
  readonly left: string
  readonly todo?: string
}

interface Untold {
  readonly node: DbtNode | DbtSource
  readonly test: DbtNode
}

function leftTest(imported: Import, { node, test }: Untold, { left: why, todo: other }: Untaken): Left {
  const { test_metadata: about, name, column_name } = test
  const of = imported.names.of(node.unique_id) ?? ''
  const folder = `models/${of.split('.')[0]}`
  const todo = other ?? `Write it as a condition under audits of ${of}, or its query as ${folder}/<promise>.audit.sql.`
  if (about == null) return { ...leftInFile(imported, test, [`the test ${name} is not carried: ${why}`, todo]), of }
  const called = about.namespace == null ? about.name : `${about.namespace}.${about.name}`
  const onColumn = column_name == null ? '' : ` of ${column_name}`
  return leftInProperties(imported, node, [`the test ${called}${onColumn} is not carried: ${why}`, todo], {
    column: column_name ?? undefined,
    test: called,
  })
}
