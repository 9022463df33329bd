/** The filters that each root knows; any other field matches everything, and only a warning says so. */
const known: Readonly<Record<string, readonly string[]>> = {
  orders: ['created_at', 'updated_at', 'processed_at', 'id', 'financial_status', 'status', 'test', 'name'],
  customers: ['updated_at', 'customer_date', 'id', 'email', 'state'],
  products: ['created_at', 'updated_at', 'id', 'status', 'title'],
  inventoryItems: ['created_at', 'updated_at', 'id', 'sku'],
}

export interface SearchWarning {
  readonly field: string
  readonly message: string
  readonly code: string
}

export interface Search {
  /** Milliseconds, half open; from `updated_at`. */
  readonly from: number
  readonly to: number
  readonly ids: { readonly low: number; readonly high: number }
  readonly warnings: readonly SearchWarning[]
}

const term = /([a-z_]+):(>=|<=|>|<|=)?('([^']*)'|"([^"]*)"|[^\s)]+)/g

/** Reads a search text as Shopify does, traps and all. */
export function readSearch(root: string, query: string): Search {
  let [from, to, low, high] = [-8.64e15, 8.64e15, 0, Number.MAX_SAFE_INTEGER]
  const warnings: SearchWarning[] = []
  for (const [, field = '', comparator = '=', raw = '', single, double] of query.matchAll(term)) {
    if (!(known[root] ?? []).includes(field)) {
      warnings.push({ field, message: 'Invalid search field for this query.', code: 'invalid_field' })
      continue
    }
    const quoted = single ?? double
    if (field === 'updated_at') {
      const range = instantRange(quoted ?? raw, { comparator, wholeDay: quoted === undefined || root === 'customers' })
      from = Math.max(from, range.from)
      to = Math.min(to, range.to)
    } else if (field === 'id') {
      const id = Number(quoted ?? raw)
      if (comparator === '>=' || comparator === '=') low = Math.max(low, id)
      if (comparator === '<=' || comparator === '=') high = Math.min(high, id)
    }
  }
  return { from, to, ids: { low, high }, warnings }
}

/** An unquoted time is ignored and its whole day matches; so does every time of a customer's `updated_at`. */
function instantRange(
  text: string,
  { comparator, wholeDay }: { readonly comparator: string; readonly wholeDay: boolean },
): { readonly from: number; readonly to: number } {
  const at = Date.parse(wholeDay ? `${text.slice(0, 10)}T00:00:00Z` : text)
  const unit = wholeDay ? 86_400_000 : 1_000
  if (comparator === '>=') return { from: at, to: Infinity }
  if (comparator === '>') return { from: wholeDay ? at + unit : at, to: Infinity }
  if (comparator === '<') return { from: -Infinity, to: at }
  if (comparator === '<=') return { from: -Infinity, to: at + unit }
  return { from: at, to: at + unit }
}
