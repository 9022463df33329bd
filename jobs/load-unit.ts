import type { Contract } from '../contracts/contract.ts'
import { type Merge, merge, type Part } from '../models/warehouse/merge.ts'
import { rereadStatements } from '../models/warehouse/rereads.ts'
import { tombstones } from '../models/warehouse/tombstones.ts'
import type { Statement, Unit } from '../models/warehouse/warehouse.ts'
import { gapStatements } from './gaps.ts'
import type { Room, Step } from './job.ts'
import type { Manifest } from './landing.ts'
import type { LoadCounts } from './load-parts.ts'
import type { Pipeline } from './pipeline.ts'
import { rejectStatements } from './reject-statements.ts'
import type { SourceObject } from './sources/source.ts'

/** The step that loads, and the landing that it loads. */
export interface LandingLoad {
  readonly room: Room
  readonly step: Step
  readonly pipeline: Pick<Pipeline, 'object' | 'connection'>
  readonly manifest: Manifest
}

/** What the gate made of the landing. */
export interface Judged {
  readonly key: string
  readonly judgedAt: string
  readonly at: string
  readonly rejects: string
  readonly counts: LoadCounts
  readonly written: readonly Contract[]
  /** Contracts that bring the word for what is gone. */
  readonly words: readonly Contract[]
  readonly tables: readonly Statement[]
  /** Undefined where the load is stopped: then only what was rejected is written. */
  readonly parts: readonly Part[] | undefined
}

/** Everything that one landing changes, in one atomic unit. */
export function unitOf(load: LandingLoad, judged: Judged): Unit {
  const { room, step, pipeline, manifest } = load
  const { key, judgedAt, at, tables, counts, parts } = judged
  const { statements, audits } = changesOf(load, judged)
  return {
    key,
    token: room.token,
    writes: step.writes,
    statements: [...tables, ...statements],
    audits,
    load: {
      pipeline: pipeline.object.name,
      connection: pipeline.connection.name,
      from: manifest.interval.from,
      to: manifest.interval.to,
      ...(manifest.asked === undefined ? {} : { asked: manifest.asked }),
      state: parts === undefined ? 'stopped' : 'applied',
      run: room.run,
      judgedAt,
      at,
      counts: { ...counts },
    },
  }
}

function changesOf({ pipeline, manifest }: LandingLoad, judged: Judged): Merge {
  const { object, connection } = pipeline
  const { key, at, rejects, counts, written, words, parts } = judged
  const facts = { connection: connection.name, load: key, extractedAt: manifest.extractedAt }
  const rejected = isClean(counts) ? undefined : rejects
  if (parts === undefined)
    return { statements: rejectStatements({ rejects: rejected, parts: [], at, ...facts }), audits: [] }
  const roots = parts.filter(part => part.contract.parent === undefined)
  const whole = isWhole(object, manifest, counts) ? roots : []
  const merged = merge(parts, facts)
  const dead = tombstones({ contracts: written, words, whole, rejects }, facts)
  const accepted = parts.filter(({ presence, empty }) => !presence && !empty)
  return {
    statements: [
      ...(object.rereads === true ? rereadStatements(parts, { ...facts, at }) : []),
      ...merged.statements,
      ...dead.statements,
      ...rejectStatements({ rejects: rejected, parts: accepted, at, ...facts }),
      ...gapStatements(manifest.asides, { pipeline: object.name, connection: connection.name, at }),
    ],
    audits: [...merged.audits, ...dead.audits],
  }
}

const isClean = ({ contracts, unclaimed }: LoadCounts): boolean =>
  unclaimed === 0 && Object.values(contracts).every(({ rejected }) => rejected === 0)

/** Nothing is taken for gone while a part could not be read, or a line could not be told from any other. */
const isWhole = ({ whole }: SourceObject, { asides, deliveries }: Manifest, { unclaimed }: LoadCounts): boolean =>
  whole === true && deliveries.length > 0 && unclaimed === 0 && asides.every(({ kind }) => kind !== 'gap')
