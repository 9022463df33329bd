import { type Risk, risks } from '../../contracts/connection.ts'
import { nextSlot, type Schedule } from '../planner/slots.ts'
import { fewOf, type Trouble } from './alert.ts'
import { type Freshness, freshnessOf, type Line } from './freshness.ts'

export interface PipelineLine extends Line {
  readonly pipeline: string
  readonly connection: string
  readonly owner?: string | undefined
  readonly risk: Risk
}

export interface LateTerms {
  readonly lines: readonly PipelineLine[]
  readonly schedule: Schedule
  /** The end of a night whose time is over. */
  readonly due: string
  /** What to type where the newest night stands as it does. */
  readonly next: string
}

type Late = PipelineLine & Freshness

/** Pipelines that stand still since the same moment are one trouble for each owner. */
export function latenessOf({ lines, schedule, due, next }: LateTerms): readonly Trouble[] {
  const late = lines.flatMap((line): readonly Late[] => {
    const found = freshnessOf(line, due)
    return found?.late === true ? [{ ...line, ...found }] : []
  })
  const groups = Map.groupBy(late, line => `late ${line.upTo} ${line.beyond ?? ''} ${line.owner ?? ''}`)
  return [...groups].map(([key, group]) => lateTrouble(key.trim(), { group, schedule, due, next }))
}

interface LateGroup extends Pick<LateTerms, 'schedule' | 'due' | 'next'> {
  readonly group: readonly Late[]
}

function lateTrouble(key: string, { group, schedule, due, next }: LateGroup): Trouble {
  const [first] = group
  const { upTo = '', beyond, owner, every = 0 } = first ?? {}
  const many = group.length === 1 ? '' : 's'
  const gap = beyond === undefined ? '' : `, and from ${words(beyond)} on again: what lies between is missing`
  const missed = new Date(Date.parse(upTo) + Math.max(every - 1, 0))
  return {
    key,
    kind: 'late',
    risk: gravest(group.map(({ risk }) => risk)),
    ...(owner === undefined ? {} : { owner }),
    what: `${group.length} pipeline${many} late: closed up to ${words(upTo)}${gap}`,
    where: fewOf(group.map(({ pipeline, connection }) => `${pipeline} ${connection}`)),
    since: nextSlot(schedule, missed) ?? due,
    counts: { pipelines: group.length },
    atRisk: {},
    hint: beyond === undefined ? '' : 'No later night reads what lies in the gap: it has to be asked for.',
    next: beyond === undefined ? next : 'npx boomerang status',
    parts: group.map(({ pipeline, connection }) => [pipeline, connection]),
    failures: [],
  }
}

const words = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')}Z`

export const gravest = (all: readonly Risk[]): Risk => risks.find(risk => all.includes(risk)) ?? 'analytical'
