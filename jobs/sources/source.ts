import type { Column, Columns } from '../../contracts/columns.ts'
import type { Connection, Interval } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'
import type { Contract } from '../../contracts/contract.ts'
import type { Form } from '../../contracts/forms.ts'
import type { Dialect } from './dialect.ts'
import type { Hooks } from './hooks.ts'

/** A kind of system that records are read from. */
export interface Source {
  readonly name: string
  readonly objects: readonly SourceObject[]
  /** How it tells of its events by itself, where it does. */
  readonly hooks?: Hooks
  /** Asks the outside who it is; a Fault when it cannot be reached or does not let us in. */
  check(ctx: Context, connection: Connection): Promise<{ readonly account: string }>
}

/** One kind of record of a source, read as one pipeline. */
export interface SourceObject {
  /** `storefront.orders`: the pipeline's name; intervals are counted by (pipeline, connection). */
  readonly name: string
  readonly format: Format
  /** How its files are written, where they are not plain; Parquet has its own. */
  readonly dialect?: Dialect
  readonly claims: readonly Claim[]
  /** What says that a record of it has changed, in words: a change that does not move this is not read with its night. */
  readonly changeSignal: string
  /** How far each interval reaches back over the one before it, in milliseconds; loading twice is harmless. */
  readonly overlapMs: number
  /** True where each interval brings every record that there is: what is not among them is gone. */
  readonly whole?: true
  /** True where it asks what earlier intervals have landed: their manifests outlive their bytes. */
  readonly remembers?: true
  /**
   * The records of another pipeline, of which it reads more: those that stand in the warehouse without its own reading of them, or changed
   * since it. Its first contract has their key, and a column of the same name for their change. It is read once they are loaded.
   */
  readonly follows?: { readonly contract: Contract; readonly changed: string }
  /** True where it reads again what other pipelines have read: what has changed without saying so is measured. */
  readonly rereads?: true
  /** At most once in this time, in milliseconds; every night where it is absent. */
  readonly every?: number
  /** What the connection's rights leave out of it, in sentences; a Fault where they do not let it be read at all. */
  lacks?(ctx: Context, connection: Connection): Promise<readonly string[]>
  /**
   * Yields files whose bytes have been delivered completely, with what the source said of them. May be called again for the
   * same interval after a crash and then goes on where it was (`ctx.resume`).
   */
  extract(ctx: Context, request: ExtractRequest): AsyncIterable<Delivery>
  /** Called once the landing is loaded, with what is in it, and perhaps more than once: what was taken in may now be taken away. */
  after?(request: Pick<ExtractRequest, 'spool'>, landed: readonly Landed[]): Promise<void>
}

export interface ExtractRequest {
  readonly connection: Connection
  /** Already widened by the overlap. */
  readonly interval: Interval
  /** True where nothing after the interval is wanted, for nights have read it: otherwise a source may read on up to now. */
  readonly ends?: true
  /** Takes the bytes of one file; nothing counts as delivered before it resolves. */
  readonly land: Land
  /** The folder into which the events of this connection are spooled; absent where none are received. */
  readonly spool?: string
  /** True once for each time that an event told that the name has come; absent where no events are received. */
  readonly heard?: (name: string) => Promise<boolean>
  /** What the intervals of the pipeline that were closed before have landed, oldest first; absent where nobody remembers. */
  readonly earlier?: () => Promise<readonly Landed[]>
  /** What earlier intervals of the pipeline could not read and had to leave out; absent where nobody remembers. */
  readonly gaps?: () => Promise<readonly Gap[]>
  /** The keys of so many records at most that the object follows and has not read, newest first, and how many more there are. */
  readonly due?: (most: number) => Promise<{ readonly keys: readonly string[]; readonly left: number }>
  /** Takes what is no delivery, to be remembered with the interval. Where it is absent, what cannot be read is a Fault. */
  readonly setAside?: (aside: Aside) => void
}

/** A part of an interval that could not be read, after everything has been tried. */
export interface Gap {
  /** What is missing, in the source's own words. */
  readonly id: string
  /** The same for the source that wrote it. */
  readonly slice: Json
  readonly why: string
}

export type Aside =
  | { readonly kind: 'gap'; readonly gap: Gap }
  /** The gap of this id has been read after all. */
  | { readonly kind: 'filled'; readonly gap: string }
  /** Columns that stay empty because a right is missing. */
  | { readonly kind: 'dropped'; readonly scope: string; readonly columns: readonly string[] }
  /** So many records are left to later intervals, to spend no more of the source's budget. */
  | { readonly kind: 'left'; readonly records: number }
  /** Landed beside the deliveries and never loaded: what a failed operation left, a payload that was only a word. */
  | { readonly kind: 'beside'; readonly landed: Landed; readonly why: string }

/** Writes a stream as one file of the landing, exactly as delivered, and measures it while it passes. */
export type Land = (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<Landed>

/** `orders.jsonl`, `orders-2.jsonl` …: what an object lands, one file after the other. */
export const fileOf = ({ name }: { readonly name: string }, at = 0): string =>
  `${name.replace(/^.*\./, '')}${at === 0 ? '' : `-${at + 1}`}.jsonl`

export type Format = 'ndjson' | 'csv' | 'parquet'

/** True where the first line of a file names its columns and is no record. */
export const hasHeader = ({ format, dialect }: Pick<SourceObject, 'format' | 'dialect'>): boolean =>
  format === 'csv' && dialect?.header === undefined

/** What arrived. `lines` counts lines that are not blank, of the uncompressed text without its trailer; null where the format has none. */
export interface Landed {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly lines: number | null
  /** Bytes of the longest line, in UTF-8. */
  readonly longest: number
  /** The records that the trailer counts, where the object declares one. */
  readonly trailer?: number
}

/** What the source said that it delivered; every figure given must agree with what arrived. */
export interface Promised {
  readonly bytes?: number
  readonly sha256?: string
  /** Records, as counted by the source (Shopify: objectCount; a drop: the manifest's rows). */
  readonly records?: number
  /** Records without a parent (Shopify: rootObjectCount). */
  readonly roots?: number
}

export interface Delivery {
  readonly landed: Landed
  readonly promised: Promised
  /** As of when it tells how things were, where an earlier attempt has asked for it: a UTC instant. */
  readonly asOf?: string
}

/**
 * Which records of a delivered line belong to which contract, and where each column stands.
 * A line is claimed by its kind; one line may hold several records (an order with its transactions).
 */
export interface Claim {
  readonly contract: Contract
  /** For NDJSON with global ids: the type in `gid://shopify/<kind>/…`. Absent where every record is of the one kind. */
  readonly kind?: string
  /** True where a line only says that the record is there: of the contract, it brings nothing but the key. */
  readonly presence?: true
  /** The list inside the line whose elements are the records. */
  readonly each?: string
  /** Column to path: `totalPriceSet.shopMoney.amount`, `fulfillments.0.createdAt`; `^id` is read from the line around the element. */
  readonly fields: Readonly<Record<string, string>>
  /** Column to how its value is written, where that is not as the contract wants it. */
  readonly forms?: Readonly<Record<string, Form>>
}

/** A claim that a record is there, and nothing more of it: for a sweep of ids. */
export function presenceOf(
  contract: Contract,
  { kind, key }: { readonly kind?: string; readonly key: Claim['fields'] },
): Claim {
  const row = Object.fromEntries(contract.key.map(column => [column, contract.row[column] as Column]))
  const { name, version, risk, authority, rejectLimit } = contract
  return {
    contract: { name, version, risk, authority, rejectLimit, key: contract.key, row, rules: [] },
    presence: true,
    fields: key,
    ...(kind === undefined ? {} : { kind }),
  }
}

/** The same contract for a list that brings its records without their parents: each is merged by its own instant, and none as one of a set. */
export function alone<C extends Columns>(contract: Contract<C>): Contract<C> {
  const { parent: _, ...rest } = contract
  return rest
}

/** A claim that names every column of its contract, and no other. */
export function claimOf<C extends Columns>(
  contract: Contract<C>,
  claim: Omit<Claim, 'contract' | 'fields' | 'forms'> & {
    readonly fields: Readonly<Record<keyof C & string, string>>
    readonly forms?: Readonly<Partial<Record<keyof C & string, Form>>>
  },
): Claim {
  const columns = Object.keys(contract.row)
  const named = Object.keys(claim.fields)
  const wrong = [
    ...named.filter(column => !columns.includes(column)),
    ...columns.filter(column => !named.includes(column)),
  ]
  if (wrong.length > 0)
    throw new TypeError(`a claim of ${contract.name} and its contract differ in ${wrong.join(', ')}`)
  return { contract, ...claim } as Claim
}
