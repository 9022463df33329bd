import type { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import { cut } from '../cli/table.ts'
import { fewOf } from './alert.ts'
import { argOf, type Decided } from './standing.ts'

export type KeptFault = Pick<Fault, 'what' | 'where' | 'hint' | 'kind'>

/** A step that failed, and what its Fault said. */
export interface Failed extends Decided {
  readonly fault: KeptFault
  readonly owner: string | undefined
}

/** The words of a fault without the names that the step has itself. */
function bare(step: Step, what = ''): string {
  const own = ['pipeline', 'connection', 'check', 'contract']
    .flatMap(name => argOf(step, name) ?? [])
    .concat(step.id)
    .toSorted((a, b) => b.length - a.length)
  return own.reduce((text, name) => text.replaceAll(name, '…'), what)
}

/** What is of one kind: the words of a fault without what differs from step to step, its counts too. */
export const kindOfCause = (step: Step, what?: string): string => bare(step, what).replaceAll(/\d+([.,]\d+)*/g, '#')

/** So many causes are named, none of them at more length. */
const [named, longest] = [3, 300]

/** Every cause by its own words, and whom it struck where there is more than one: what is of one kind may still be a 401 here and a 503 there. */
export function causesText(group: readonly Failed[]): string {
  const causes = [...Map.groupBy(group, ({ step, fault }) => bare(step, fault.what))]
  if (causes.length === 1) return causes.map(([words, all]) => said(words, all)).join('')
  const texts = causes.map(([words, all]) => cut(`${fewOf(struck(all))}: ${said(words, all)}`, longest))
  const more = texts.length - named
  return `${texts.slice(0, named).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

const said = (words: string, [first, ...more]: readonly Failed[]): string =>
  more.length === 0 ? (first?.fault.what ?? words) : words

const struck = (all: readonly Failed[]): readonly string[] => [
  ...new Set(all.map(({ step, row }) => argOf(step, 'connection') ?? row.id)),
]

/** What to do first, of each cause that says something else. */
export const hintsText = (group: readonly Failed[]): string =>
  [...new Set(group.map(({ fault }) => fault.hint ?? ''))]
    .filter(hint => hint !== '')
    .slice(0, named)
    .join(' ')
