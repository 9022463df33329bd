import { dayMs, instantOf } from './instant.ts'

/**
 * How a value is written where it comes from, when that is not as its contract wants it. A form is declared, never guessed; it has
 * two readings, for the judge and for the gate's query, and a test holds them together. What is not of the form is a breach.
 */
export interface Form {
  /** The words for what is allowed: "a number of seconds since 1970". */
  readonly words: string
  /** The JSON types, as DuckDB's `json_type` names them, in which it may be written; in a table every value is text. */
  readonly json: readonly JsonType[]
  /** The contract's text, or undefined where the value is not of the form. */
  readonly read: (text: string) => string | undefined
  /** The same in SQL, over an expression of type VARCHAR that is not null; null where it is not of the form. May be null for more. */
  readonly sql: (leaf: string) => string
}

export type JsonType = 'VARCHAR' | 'UBIGINT' | 'BIGINT' | 'DOUBLE'
export const numbers: readonly JsonType[] = ['UBIGINT', 'BIGINT', 'DOUBLE']

const time = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?'
const [d, m, y] = ['(0[1-9]|[12][0-9]|3[01])', '(0[1-9]|1[0-2])', '(19|20)[0-9]{2}']
const date = `${y}-${m}-${d}`

/** The pattern of a day, and how DuckDB reads it. */
const dates: Readonly<Record<LocalForm['date'], readonly [pattern: string, format: string]>> = {
  'dmy.': [`${d}\\.${m}\\.${y}`, '%d.%m.%Y'],
  'dmy/': [`${d}/${m}/${y}`, '%d/%m/%Y'],
  'mdy/': [`${m}/${d}/${y}`, '%m/%d/%Y'],
  'ymd-': [date, '%Y-%m-%d'],
}

/** An instant with its distance from UTC: `2026-06-30T04:00:00+02:00`. DuckDB's cast to TIMESTAMP would drop the distance. */
export const offsetInstant: Form = form({
  words: 'an instant with its offset, such as 2026-06-30T04:00:00+02:00',
  pattern: `${date}T${time}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])`,
  read: text => instantText(text.slice(0, 19), { fraction: fractionOf(text), offset: /(Z|[+-].{5})$/.exec(text)?.[1] }),
  sql: leaf => stamp(`make_timestamp(epoch_us(try_cast(${leaf} as timestamptz)))`),
})

/** An instant without a zone from a system that writes UTC: `2026-06-30T02:00:00`, or with a space between. */
export const naiveUtc: Form = form({
  words: 'an instant in UTC without its zone, such as 2026-06-30T02:00:00',
  pattern: `${date}[T ]${time}`,
  read: text => instantText(text.slice(0, 19), { fraction: fractionOf(text), offset: 'Z' }),
  sql: leaf => stamp(`try_cast(${leaf} as timestamp)`),
})

/** Whole seconds since 1970: `1751241600`. */
export const epochSeconds: Form = form({
  words: 'a number of seconds since 1970',
  pattern: '[1-9][0-9]{0,9}',
  json: ['UBIGINT', 'VARCHAR'],
  read: text => instantOf(new Date(Number(text) * 1000)),
  sql: leaf => stamp(`make_timestamp(try_cast(${leaf} as bigint) * 1000000)`),
})

export interface LocalForm {
  /** IANA time zone of the clock on the sender's wall. */
  readonly zone: string
  /** `dmy.` is 30.06.2026, `mdy/` is 06/30/2026, `ymd-` is 2026-06-30. */
  readonly date: 'dmy.' | 'dmy/' | 'mdy/' | 'ymd-'
}

/**
 * A day and a time of a local clock: `30.06.2026 04:00`, with or without seconds. What that clock showed twice or never, when summer
 * time begins and ends, is a breach: nobody can say afterwards which moment was meant.
 */
export function localInstant({ zone, date: order }: LocalForm): Form {
  const [day, format] = dates[order]
  const naive = (leaf: string): string =>
    `coalesce(try_strptime(${leaf}, '${format} %H:%M:%S'), try_strptime(${leaf}, '${format} %H:%M'))`
  const at = (leaf: string, shift: string): string => `epoch_us(timezone('${zone}', ${naive(leaf)}${shift}))`
  return form({
    words: `a day and time of ${zone}, such as ${order === 'ymd-' ? '2026-06-30' : order === 'mdy/' ? '06/30/2026' : `30${order[3]}06${order[3]}2026`} 04:00`,
    pattern: `${day} ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?`,
    read: text => localText(naiveOf(text, order), zone),
    sql: leaf =>
      `case when ${at(leaf, ` - interval '3 hours'`)} + 10800000000 = ${at(leaf, '')} and ${at(leaf, ` + interval '3 hours'`)} - 10800000000 = ${at(leaf, '')}
        then ${stamp(`make_timestamp(${at(leaf, '')})`)} end`,
  })
}

/** A decimal with a comma: `1234,56`; where the sender groups thousands, with that sign too: `1.234,56`. */
export function decimalComma(thousands?: '.' | ' ' | "'"): Form {
  const grouped = thousands === undefined ? '' : `[0-9]{1,3}([${thousands}][0-9]{3})+|`
  return form({
    words: `a decimal with a comma, such as ${thousands === undefined ? '1234,56' : `1${thousands}234,56`}`,
    pattern: `-?(${grouped}[0-9]+)(,[0-9]+)?`,
    read: text => text.replaceAll(thousands ?? ',', thousands === undefined ? '.' : '').replace(',', '.'),
    sql: leaf =>
      thousands === undefined
        ? `replace(${leaf}, ',', '.')`
        : `replace(replace(${leaf}, '${thousands.replace("'", "''")}', ''), ',', '.')`,
  })
}

/** A decimal as a JSON number, as far as a double holds it exactly: at most 15 digits. */
export const jsonNumber: Form = form({
  words: 'a number of at most 15 digits',
  pattern: '-?[0-9]{1,15}(\\.[0-9]{1,15})?',
  json: numbers,
  read: text => text,
  sql: leaf => leaf,
})

/** A code in small letters whose contract has capitals: `usd`. */
export const upper: Form = form({
  words: 'a code of letters',
  pattern: '[A-Za-z_]+',
  read: text => text.toUpperCase(),
  sql: leaf => `upper(${leaf})`,
})

/** A text up to its first question mark: an id without the token that is written behind it. */
export const withoutQuery: Form = form({
  words: 'an id, with or without a query behind it',
  pattern: '[^?]+([?][^?]*)*',
  read: text => text.slice(0, `${text}?`.indexOf('?')),
  sql: leaf => `split_part(${leaf}, '?', 1)`,
})

/** A yes or no in the sender's own words: `T` and `F`, `J` and `N`. */
export const flagOf = (yes: string, no: string): Form =>
  form({
    words: `${yes} or ${no}`,
    pattern: `${yes}|${no}`,
    read: text => String(text === yes),
    sql: leaf => `(${leaf} = '${yes}')::varchar`,
  })

/** The bare number of a Shopify id: `450789469` for `gid://shopify/Order/450789469`. */
export const gidOf = (type: string): Form =>
  form({
    words: `the number of a ${type}`,
    pattern: '[1-9][0-9]{0,18}',
    json: ['UBIGINT', 'VARCHAR'],
    read: text => `gid://shopify/${type}/${text}`,
    sql: leaf => `'gid://shopify/${type}/' || ${leaf}`,
  })

interface FormTerms extends Omit<Form, 'json'> {
  readonly json?: Form['json']
  /** Full-match, in the subset that RE2 and JavaScript read alike. */
  readonly pattern: string
}

function form({ words, json = ['VARCHAR'], pattern, read, sql }: FormTerms): Form {
  const whole = new RegExp(`^(?:${pattern})$`, 'u')
  const matches = (leaf: string): string => `regexp_full_match(${leaf}, '${pattern.replaceAll("'", "''")}')`
  return {
    words,
    json,
    read: text => (whole.test(text) ? read(text) : undefined),
    sql: leaf => `case when ${matches(leaf)} then ${sql(leaf)} end`,
  }
}

/** A TIMESTAMP as the text of a UTC instant. */
const stamp = (timestamp: string): string => `strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S.%fZ')`

const fractionOf = (text: string): string => /\.([0-9]+)/.exec(text)?.[1] ?? ''

/** The UTC instant of a day and time that exist, to the microsecond. */
function instantText(
  naive: string,
  { fraction, offset }: { readonly fraction: string; readonly offset: string | undefined },
): string | undefined {
  const plain = naive.replace(' ', 'T')
  const asUtc = new Date(`${plain}Z`)
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 19) !== plain) return undefined
  const at = new Date(`${plain}${offset}`).toISOString().slice(0, 19)
  return `${at}.${fraction.padEnd(6, '0')}Z`
}

/** `30.06.2026 04:00` → `2026-06-30T04:00:00`. */
function naiveOf(text: string, order: LocalForm['date']): string {
  const [first = '', second = '', third = '', clock = ''] = text.split(/[./ -]/)
  const [year, month, day] =
    order === 'ymd-' ? [first, second, third] : order === 'mdy/' ? [third, first, second] : [third, second, first]
  return `${year}-${month}-${day}T${clock.length === 5 ? `${clock}:00` : clock}`
}

/** The one instant at which the zone's clock showed this; undefined where there was none, or two. */
function localText(naive: string, zone: string): string | undefined {
  const asUtc = Date.parse(`${naive}Z`)
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 19) !== naive) return undefined
  const offsets = [asUtc - dayMs, asUtc + dayMs].map(at => clockOf(at, zone) - at)
  const found = new Set(offsets.map(offset => asUtc - offset).filter(at => clockOf(at, zone) === asUtc))
  const [only] = found
  return found.size === 1 && only !== undefined ? instantOf(new Date(only)) : undefined
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** What the zone's clock shows at an instant, as milliseconds of a UTC clock that shows the same. */
function clockOf(at: number, zone: string): number {
  const clock =
    clocks.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  clocks.set(zone, clock)
  return Date.parse(`${clock.format(at).replace(' ', 'T')}Z`)
}
