import type { Node } from './graphql.ts'
import { type Asked, readSearchText, type Value } from './search-text.ts'

/** How a filter is compared: with an instant of the object, its number, one of some words, or a text. */
type Filter =
  | { readonly kind: 'instant' | 'text'; readonly of: string }
  | { readonly kind: 'id' }
  | { readonly kind: 'word'; readonly of: (node: Node) => readonly string[]; readonly words: readonly string[] }

const instant = (of: string): Filter => ({ kind: 'instant', of })
const text = (of: string): Filter => ({ kind: 'text', of })
const word = (of: string, ...words: readonly string[]): Filter => ({
  kind: 'word',
  of: node => [String(node[of]).toLowerCase()],
  words,
})

const orderStatus: Filter = {
  kind: 'word',
  of: ({ cancelledAt, closedAt }) => [
    'any',
    ...(cancelledAt === null ? [] : ['cancelled']),
    ...(closedAt === null ? ['not_closed'] : ['closed']),
    ...(cancelledAt === null && closedAt === null ? ['open'] : []),
  ],
  words: ['any', 'open', 'closed', 'not_closed', 'cancelled'],
}

/** The filters that each root knows; any other field matches everything, and only a warning says so. */
const filters: Readonly<Record<string, Readonly<Record<string, Filter>>>> = {
  orders: {
    id: { kind: 'id' },
    created_at: instant('createdAt'),
    updated_at: instant('updatedAt'),
    processed_at: instant('processedAt'),
    name: text('name'),
    email: text('email'),
    test: word('test', 'true', 'false'),
    status: orderStatus,
    financial_status: word(
      'displayFinancialStatus',
      ...['paid', 'pending', 'authorized', 'partially_paid', 'partially_refunded', 'refunded', 'voided', 'expired'],
    ),
    fulfillment_status: word('displayFulfillmentStatus', 'fulfilled', 'unfulfilled', 'partially_fulfilled'),
  },
  customers: {
    id: { kind: 'id' },
    updated_at: instant('updatedAt'),
    customer_date: instant('createdAt'),
    state: word('state', 'enabled', 'disabled', 'invited', 'declined'),
  },
  products: {
    id: { kind: 'id' },
    created_at: instant('createdAt'),
    updated_at: instant('updatedAt'),
    status: word('status', 'active', 'archived', 'draft'),
    title: text('title'),
    handle: text('handle'),
    vendor: text('vendor'),
  },
  productVariants: { id: { kind: 'id' }, updated_at: instant('updatedAt'), sku: text('sku') },
  discountNodes: {
    id: { kind: 'id' },
    created_at: instant('createdAt'),
    updated_at: instant('updatedAt'),
  },
  draftOrders: {
    id: { kind: 'id' },
    created_at: instant('createdAt'),
    updated_at: instant('updatedAt'),
    status: word('status', 'completed', 'invoice_sent', 'open'),
  },
  abandonedCheckouts: { id: { kind: 'id' }, created_at: instant('createdAt'), updated_at: instant('updatedAt') },
  catalogs: { id: { kind: 'id' }, status: word('status', 'active', 'archived', 'draft'), title: text('title') },
  companies: { id: { kind: 'id' }, created_at: instant('createdAt'), updated_at: instant('updatedAt') },
  locations: { id: { kind: 'id' }, created_at: instant('createdAt'), active: word('isActive', 'true', 'false') },
  payouts: {
    id: { kind: 'id' },
    issued_at: instant('issuedAt'),
    status: word('status', 'scheduled', 'paid', 'failed'),
  },
  balanceTransactions: { id: { kind: 'id' }, processed_at: instant('transactionDate') },
  collections: { id: { kind: 'id' }, updated_at: instant('updatedAt'), title: text('title'), handle: text('handle') },
  events: {
    id: { kind: 'id' },
    created_at: instant('createdAt'),
    action: text('action'),
    subject_type: text('subjectType'),
  },
  inventoryItems: {
    id: { kind: 'id' },
    created_at: instant('createdAt'),
    updated_at: instant('updatedAt'),
    sku: text('sku'),
  },
  bulkOperations: {
    id: { kind: 'id' },
    created_at: instant('createdAt'),
    operation_type: word('type', 'query', 'mutation'),
    status: word('status', 'canceled', 'canceling', 'completed', 'created', 'failed', 'running'),
  },
}

export interface SearchWarning {
  readonly field: string
  readonly message: string
  readonly code: 'invalid_field' | 'invalid_value'
}

/** Milliseconds or numbers, half open. */
export interface Range {
  readonly from: number
  readonly to: number
}

export interface Search {
  readonly matches: (node: Node) => boolean
  /** No object outside it can match: by its `updatedAt`. */
  readonly updated: Range
  /** No object outside it can match: by the number of its id. */
  readonly ids: Range
  readonly warnings: readonly SearchWarning[]
}

const everywhere: Range = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
const nowhere: Range = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }

/** A part of a search; `matches` is missing where the shop does not know the field and lets everything through. */
interface Part {
  readonly matches?: (node: Node) => boolean
  readonly updated: Range
  readonly ids: Range
}
const open: Part = { updated: everywhere, ids: everywhere }

/** Reads a search text as Shopify does, traps and all. */
export function readSearch(root: string, query: string): Search {
  const warnings: SearchWarning[] = []
  const { matches, updated, ids } = partOf(readSearchText(query), { root, warnings })
  return { matches: matches ?? (() => true), updated, ids, warnings }
}

interface Reading {
  readonly root: string
  readonly warnings: SearchWarning[]
}

function partOf(asked: Asked, reading: Reading): Part {
  if (asked.kind === 'term') return termPart(asked, reading)
  if (asked.kind === 'word') return { ...open, matches: node => holdsWord(node, asked.word.toLowerCase()) }
  if (asked.kind === 'not') {
    const { matches } = partOf(asked.of, reading)
    return matches === undefined ? open : { ...open, matches: node => !matches(node) }
  }
  const parts = asked.parts.map(each => partOf(each, reading))
  const tests = parts.flatMap(({ matches }) => (matches === undefined ? [] : [matches]))
  if (tests.length === 0) return open
  if (asked.kind === 'and')
    return {
      matches: node => tests.every(test => test(node)),
      updated: parts.map(part => part.updated).reduce(common),
      ids: parts.map(part => part.ids).reduce(common),
    }
  if (tests.length < parts.length) return open
  return {
    matches: node => tests.some(test => test(node)),
    updated: parts.map(part => part.updated).reduce(around),
    ids: parts.map(part => part.ids).reduce(around),
  }
}

const common = (a: Range, b: Range): Range => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })
const around = (a: Range, b: Range): Range => ({ from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) })
const holds = ({ from, to }: Range, n: number): boolean => n >= from && n < to

const holdsWord = (node: Node, wanted: string): boolean =>
  ['name', 'title', 'email', 'sku'].some(key =>
    String(node[key] ?? '')
      .toLowerCase()
      .includes(wanted),
  )

type Term = Extract<Asked, { kind: 'term' }>

function termPart({ field, comparator, value }: Term, { root, warnings }: Reading): Part {
  const filter = filters[root]?.[field]
  if (filter === undefined) {
    warnings.push({ field, message: 'Invalid search field for this query.', code: 'invalid_field' })
    return open
  }
  const refused = (): Part => {
    warnings.push({ field, message: `Input \`${value.text}\` is not an accepted value.`, code: 'invalid_value' })
    return { matches: () => false, updated: nowhere, ids: nowhere }
  }
  if (filter.kind === 'word') {
    const wanted = value.text.toLowerCase()
    return filter.words.includes(wanted) ? { ...open, matches: node => filter.of(node).includes(wanted) } : refused()
  }
  if (filter.kind === 'text') return { ...open, matches: node => String(node[filter.of]) === value.text }
  if (filter.kind === 'id') {
    const ids = rangeOf(Number(value.text), { comparator, unit: 1, excludes: true })
    return Number.isNaN(ids.from) || Number.isNaN(ids.to)
      ? refused()
      : { ...open, ids, matches: node => holds(ids, numberOf(node)) }
  }
  const range = instantRange(value, {
    comparator,
    wholeDay: !value.quoted || (root === 'customers' && field === 'updated_at'),
  })
  if (Number.isNaN(range.from) || Number.isNaN(range.to)) return refused()
  const matches = (node: Node): boolean => holds(range, instantOf(String(node[filter.of])))
  return field === 'updated_at' ? { ...open, updated: range, matches } : { ...open, matches }
}

/** The number at the end of a gid. */
export const numberOf = (node: Node): number => Number(/(\d+)(?:\?.*)?$/.exec(String(node.id))?.[1])

/** A text without a zone is read as UTC. */
const instantOf = (at: string): number => Date.parse(/T[0-9:.]+$/.test(at) ? `${at}Z` : at)

/**
 * An unquoted time is ignored and its whole day matches; so does every time of a customer's `updated_at`. Stored instants have
 * fractions that are not shown, so `>` still gives the second that it names.
 */
const instantRange = (
  value: Value,
  { comparator, wholeDay }: { readonly comparator: string; readonly wholeDay: boolean },
): Range => {
  const isDay = wholeDay || /^\d{4}-\d\d-\d\d$/.test(value.text)
  const at = instantOf(isDay ? `${value.text.slice(0, 10)}T00:00:00Z` : value.text)
  return rangeOf(at, { comparator, unit: isDay ? 86_400_000 : 1_000, excludes: isDay })
}

function rangeOf(
  at: number,
  { comparator, unit, excludes }: { readonly comparator: string; readonly unit: number; readonly excludes: boolean },
): Range {
  if (comparator === '>=') return { ...everywhere, from: at }
  if (comparator === '>') return { ...everywhere, from: excludes ? at + unit : at }
  if (comparator === '<') return { ...everywhere, to: at }
  if (comparator === '<=') return { ...everywhere, to: at + unit }
  return { from: at, to: at + unit }
}
