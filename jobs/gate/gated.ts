import { join } from 'node:path'
import type { Contract } from '../../contracts/contract.ts'
import type { Compression, Dialect } from '../sources/dialect.ts'
import type { Claim, Format, Landed, SourceObject } from '../sources/source.ts'

/** One landed file, to be judged against the claims of its source object. */
export interface GateFile {
  readonly path: string
  readonly format: Format
  /** How it is written, where that is not plain. */
  readonly dialect?: Dialect
  /** Lines that are not blank, as measured when it landed; null for Parquet. */
  readonly lines: number | null
  readonly longest: number
  readonly claims: readonly Claim[]
  /** Makes the names of its relations; unique in one load. */
  readonly prefix: string
  /** Added to every position, so that positions of several files do not meet. */
  readonly offset: number
  /** A folder for what is written between query and judge. */
  readonly scratch: string
}

/** What of a file is said by its object and its landing. */
export const gateFileOf = (
  { format, dialect, claims }: SourceObject,
  folder: string,
  { name, lines, longest }: Landed,
): Omit<GateFile, 'prefix' | 'offset' | 'scratch'> => ({
  path: join(folder, name),
  format,
  ...(dialect === undefined ? {} : { dialect }),
  claims,
  lines,
  longest,
})

/** A landed file as the engine and the judge read it: UTF-8, without a trailer. */
export interface GateText extends GateFile {
  readonly dialect: Dialect
  readonly text: { readonly path: string; readonly compression: Compression }
}

/** What the gate made of one file: relations of the local engine, one stage a claim, and the rejects. */
export interface Gated {
  /** Records that the source could have counted: lines, or rows and the lines that were no rows. */
  readonly delivered: number
  readonly unclaimed: number
  /** Lines without `__parentId`. */
  readonly roots: number
  readonly stages: readonly Stage[]
  /** Relation (contract, record, position, ordinal, raw, breaches, file). */
  readonly rejects: string
}

/** `relation` holds the contract's columns and _position, _ordinal, _extra. */
export interface Stage {
  readonly contract: Contract
  readonly relation: string
  /** True where the records stand inside their parent's line. */
  readonly inline: boolean
  /** Records that were delivered, and those of them that stand in the relation. */
  readonly made: number
  readonly staged: number
  /** False where no record of it has columns that its claim does not name. */
  readonly beside: boolean
}
