import type { Carried, Stage } from '../../../models/dbt/carried.ts'
import { counted } from '../table.ts'

/** What an import did, as a person reads it: each thing that is left under its model, and how many models came how far. */
export function carriedLines({ files, stages, left, notes }: Carried, isDry: boolean): readonly string[] {
  const many = (stage: Stage): number => [...stages.values()].filter(each => each === stage).length
  const about = new Map<string, string[]>()
  for (const { of, file, line, what, todo } of left) {
    const head = of === undefined ? 'the project' : `${of}  ${stages.get(of) ?? ''}`.trimEnd()
    about.set(head, [...(about.get(head) ?? []), `  ${file}:${line} ${what}`, `    ${todo}`])
  }
  return [
    ...[...about].flatMap(([head, lines]) => [head, ...lines]),
    ...notes.map(note => `Note: ${note}`),
    `${isDry ? 'Would write' : 'Wrote'} ${counted(files.size, 'file')}. Of ${counted(stages.size, 'model')} ${many('whole')} carried whole, ${many('open')} with work left, ${many('not at all')} not at all; ${counted(left.length, 'thing')} left.`,
  ]
}
