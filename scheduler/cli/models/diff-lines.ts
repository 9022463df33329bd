import type { RelationDiff } from '../../../models/diff.ts'
import type { Model } from '../../../models/model.ts'
import { counted, grouped } from '../table.ts'

/** A model that stands in both places, and how they differ; or why it cannot be compared. */
export type ModelDiff = { readonly model: Model } & ({ readonly diff: RelationDiff } | { readonly why: string })

/** A difference as a person reads it. */
export function diffLines(each: ModelDiff): string {
  if ('why' in each) return `${each.model.relation}: ${each.why}.`
  const { diff, model } = each
  const same = isSame(diff)
  const what = model.header.key === undefined ? 'row' : 'key'
  return [
    `${model.relation}: ${grouped(diff.rows.before)} rows in production, ${grouped(diff.rows.after)} here; ${same ? 'the same' : `${counted(diff.added, what)} added, ${grouped(diff.removed)} removed`}.`,
    ...diff.columns.flatMap(({ column, changed, samples }) => [
      `  ${column}: changed for ${counted(changed, 'key')}`,
      ...samples.map(({ key, before, after }) => `      ${key}: ${before} → ${after}`),
    ]),
    ...diff.sums.map(({ column, before, after }) => `  sum of ${column}: ${before} → ${after}`),
  ].join('\n')
}

export const isSame = ({ added, removed, columns, sums }: RelationDiff): boolean =>
  added + removed + columns.length + sums.length === 0
