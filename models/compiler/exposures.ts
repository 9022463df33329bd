import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ColumnType } from '../warehouse/warehouse.ts'
import { closest } from './closest.ts'
import { type Mistake, spotOf } from './mistake.ts'
import { placedYaml, shapeMistakes } from './placed-yaml.ts'

const exposure = z.strictObject({
  name: z.string().min(1),
  owner: z.string().min(1),
  url: z.url('a url begins with https://').optional(),
  doc: z.string().optional(),
  /** Relations, or columns of them: `marts.orders` or `marts.orders.total`. */
  reads: z
    .array(z.string().regex(/^[a-z_]\w*\.[a-z_]\w*(\.[a-z_]\w*)?$/, 'it reads schema.table or schema.table.column'))
    .min(1),
})

/** A dashboard or a report that people read: what breaks a column that it reads breaks it. */
export type Exposure = Readonly<z.output<typeof exposure>> & { readonly line: number }

export const exposuresFile = 'models/exposures.yaml'

export interface Exposures {
  readonly exposures: readonly Exposure[]
  readonly mistakes: readonly Mistake[]
}

/** Reads `models/exposures.yaml`; without the file there are none. */
export async function readExposures(root: string, relations: readonly string[]): Promise<Exposures> {
  const text = await readFile(join(root, exposuresFile), 'utf8').catch(() => undefined)
  if (text === undefined) return { exposures: [], mistakes: [] }
  const yaml = placedYaml(text, exposuresFile)
  if (!('document' in yaml)) return { exposures: [], mistakes: [yaml] }
  const parsed = z.array(exposure).safeParse(yaml.document.toJS() ?? [])
  const wording = {
    file: exposuresFile,
    whole: 'the file',
    hint: 'It is a list of { name, owner, url, reads: [marts.orders] }.',
    allowed: () => Object.keys(exposure.shape),
  }
  if (!parsed.success) return { exposures: [], mistakes: shapeMistakes(parsed.error, yaml.at, wording) }
  const unknown = parsed.data.flatMap(({ reads }, index) =>
    reads.flatMap((read, at) => {
      const relation = read.split('.').slice(0, 2).join('.')
      if (relations.includes(relation)) return []
      const near = closest(relation, relations)
      const hint = near === undefined ? 'Name a model.' : `Did you mean ${near}?`
      return [
        {
          file: exposuresFile,
          ...spotOf(yaml.at([index, 'reads', at])),
          what: `there is no relation ${relation}`,
          hint,
        },
      ]
    }),
  )
  const exposures = parsed.data.map((each, index) => ({ ...each, line: spotOf(yaml.at([index])).line }))
  return { exposures, mistakes: unknown }
}

/** The columns that a dashboard names and its relation does not have: it is broken, or will be by what changes; that stops nothing. */
export function brokenExposures(
  { name, reads, line }: Exposure,
  columns: ReadonlyMap<string, readonly ColumnType[]>,
): readonly Mistake[] {
  return reads.flatMap(read => {
    const [schema, table, column] = read.split('.')
    const given = columns.get(`${schema}.${table}`)?.map(each => each.name)
    if (column === undefined || given === undefined || given.includes(column)) return []
    const near = closest(column, given)
    const hint = near === undefined ? `It gives ${given.join(', ')}.` : `Did you mean ${near}?`
    return [
      {
        file: exposuresFile,
        line,
        column: 1,
        what: `${name} reads ${read}, and ${schema}.${table} gives no such column`,
        hint,
      },
    ]
  })
}
