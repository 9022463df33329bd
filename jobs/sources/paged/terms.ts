import type { Context, Json } from '../../../contracts/context.ts'
import type { Path } from '../../../contracts/paths.ts'
import type { Claim } from '../source.ts'
import type { Sign } from './signature.ts'
import type { FilterTime, Halving, Slice } from './slice.ts'

/** A vendor's way of answering, the same for all its lists. */
export interface Api {
  /** As people write it: `Stripe`. */
  readonly vendor: string
  readonly sign: Sign
  /** What to do where access is refused: which rights are needed, and where they are given. */
  readonly rights: string
  /** The vendor's own words in the body of a refusal; they must quote nothing of a person. */
  readonly refusal: (body: Json) => string | undefined
  /** How long to rest before the next call, in milliseconds, where an answer's headers tell what is left of a budget. */
  readonly rest?: (headers: Headers, now: Date) => number
  /** How long one answer may take, in milliseconds, where a minute is too short. */
  readonly answerMs?: number
}

/** One request, without what says who asks. A body makes it a POST of JSON. */
export interface Ask {
  /** Beginning with a slash. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Json
}

/** Where a page begins: how many records come before it, and the token or key after which it comes. */
export interface Begin {
  readonly offset: number
  readonly after?: string
}

export interface Page {
  readonly headers: Headers
  readonly body: Json
  /** `text` is the record exactly as the vendor wrote it. */
  readonly records: readonly { readonly text: string; readonly value: Json }[]
}

/**
 * How one page leads to the next.
 * `numbered`: by its place in the list, of which a page gives `size`. Each page begins `step` after the last one; where `step` is less,
 * pages overlap, and the last record of one must be in the next: nothing can slip through between them. Where it is not, the total must
 * stand still. A list without a total ends with an empty page: a short one may be a vendor that gives fewer than it was asked for.
 * `cursor`: by a token in the answer; the last page has none.
 * `after`: by the key of the last record, in the order of that key.
 * `next`: by the address that the answer gives; the last page gives none.
 */
export type Paging =
  | { readonly kind: 'numbered'; readonly size: number; readonly step: number; readonly key: Path }
  | { readonly kind: 'cursor'; readonly token: Path }
  | { readonly kind: 'after'; readonly key: Path; readonly more: (page: Page) => boolean }
  | { readonly kind: 'next'; readonly next: (page: Page) => string | undefined }

/** A list of a vendor, declared. */
export interface PagedTerms {
  /** `stripe.charges`: the pipeline's name; the landed files are `charges.jsonl`, `charges-2.jsonl` … */
  readonly name: string
  readonly api: Api
  readonly claims: readonly Claim[]
  readonly overlapMs: number
  readonly whole?: true
  readonly time: FilterTime
  /** The first page of a slice, or one that begins elsewhere. Paging by `next` asks here for the first page only. */
  readonly ask: (slice: Slice, begin: Begin) => Ask
  /** Where the list stands in the answer; empty, the answer is the list. */
  readonly records: Path
  readonly paging: Paging
  /** How many records the whole list has, as the vendor counts it with this page; `before` have been read. */
  readonly count?: (page: Page, before: number) => number | undefined
  /** A slice with as many is not taken for whole: the vendor's own cap, or a bound on a list without end. */
  readonly most: number
  /** How a slice that reaches `most` is read in parts; a Fault where it is absent. */
  readonly halving?: Halving
  /**
   * For a list whose newest record comes first: each slice is held in memory and landed from its end, so that of two versions of one
   * second the later one stands last and wins. `most` then also bounds the memory.
   */
  readonly newestFirst?: true
}

/** What one object's reading shares. */
export interface Reading {
  readonly ctx: Context
  readonly terms: PagedTerms
  /** `stripe north, stripe.charges`: for errors. */
  readonly where: string
  /** One page, asked for until it came whole or nothing more helps; then a Fault. */
  readonly page: (from: Ask | string) => Promise<Page>
}
