/**
 * Columns are data, made only by these constructors; the judge (zod) and the gate's query (SQL) are both derived from them.
 * A text passes one full-match pattern, in the subset that RE2 and JavaScript read alike, before anything is cast.
 */
export interface Column<K extends Kind = Kind, N extends boolean = boolean> {
  readonly kind: K
  readonly nullable: N
  /** Full-match pattern that a text value must pass. */
  readonly pattern?: string
  /** The words for a value that fails the pattern: "an ISO 4217 currency code". */
  readonly form: string
  readonly values?: readonly string[]
  /** Digits after the point that are kept; more is a breach, never a rounding. */
  readonly scale?: number
  /** True where the value tells of a person; such values never reach a log, an error or a listing. */
  readonly personal: boolean
  /** The system that decides this column, when it is not the contract's. */
  readonly authority?: string
}

/** What each kind is in TypeScript. Decimals and instants are text: no cent and no microsecond is lost. */
export interface Kinds {
  text: string
  instant: string
  decimal: string
  integer: number
  flag: boolean
  list: readonly string[]
}
export type Kind = keyof Kinds
export type Columns = Readonly<Record<string, Column>>
export type Value<C extends Column> = true extends C['nullable'] ? Kinds[C['kind']] | null : Kinds[C['kind']]

export type Required<K extends Kind> = Column<K, false>

/** A Shopify global id of one type: `gid://shopify/Order/123`. */
export const id = (type: string): Required<'text'> =>
  column('text', `a global id of a ${type}`, { pattern: `gid://shopify/${type}/[1-9][0-9]{0,18}` })

/** Any text; the form names what it is, a pattern narrows it. */
export const text = (form = 'text', pattern?: string): Required<'text'> =>
  column('text', form, pattern === undefined ? {} : { pattern })

/** One of a closed set of words. */
export const oneOf = (...values: readonly string[]): Required<'text'> =>
  column('text', `one of ${values.join(', ')}`, { values })

/**
 * An ISO 8601 instant in UTC, written with `Z`, to at most six digits of a second. Naive and local times are breaches:
 * nobody can say afterwards which moment they meant. Seconds run to 59; a leap second has no place in any warehouse.
 */
export const utc = (): Required<'instant'> =>
  column('instant', 'a UTC instant such as 2026-06-30T02:00:00Z', {
    pattern:
      '(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z',
  })

/** A decimal number as text with at most `scale` digits after the point; stored as DECIMAL(38,9). */
export const decimal = (scale: number): Required<'decimal'> =>
  column('decimal', `a decimal written as text with at most ${scale} digits after the point`, {
    pattern: `-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,${scale}})?`,
    scale,
  })

/** Money: decimal text. Four digits cover every ISO 4217 currency and the fractions that platforms compute with. */
export const money = (): Required<'decimal'> => decimal(4)

/** A whole number of at most 15 digits, as a JSON number or as text: the range in which a double is exact. */
export const integer = (): Required<'integer'> =>
  column('integer', 'a whole number of at most 15 digits', { pattern: '-?(0|[1-9][0-9]{0,14})' })

export const flag = (): Required<'flag'> => column('flag', 'true or false', { values: ['true', 'false'] })

/** A list of texts, stored as JSON. */
export const list = (): Required<'list'> => column('list', 'a list of texts', {})

/** An ISO 4217 code that is in use (list one of the standard, without funds and test codes). */
export const currency = (): Required<'text'> =>
  column('text', 'an ISO 4217 currency code', { values: currencies.split(' ') })

/** An ISO 3166-1 alpha-2 country code. */
export const country = (): Required<'text'> =>
  column('text', 'an ISO 3166 country code of two letters', { pattern: '[A-Z]{2}' })

/** An e-mail address, as far as a form can tell; always personal. */
export const email = (): Required<'text'> =>
  column('text', 'an e-mail address', {
    pattern: "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+",
    personal: true,
  })

/** A stock keeping unit: capital letters and digits in groups joined by hyphens. */
export const sku = (): Required<'text'> => text('an SKU such as AB12-RED-M', '[A-Z0-9]+(-[A-Z0-9]+)*')

/** The same column, where null is allowed too. */
export const nullable = <K extends Kind>(of: Column<K>): Column<K, true> => ({ ...of, nullable: true })

/** The same column, marked as telling of a person. */
export const personal = <K extends Kind, N extends boolean>(of: Column<K, N>): Column<K, N> => ({
  ...of,
  personal: true,
})

/** The same column, decided by another system than the contract's. */
export const decidedBy = <K extends Kind, N extends boolean>(authority: string, of: Column<K, N>): Column<K, N> => ({
  ...of,
  authority,
})

function column<K extends Kind>(kind: K, form: string, more: Partial<Column<K, false>>): Required<K> {
  return { personal: false, ...more, kind, form, nullable: false }
}

const currencies =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP ' +
  'CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD ' +
  'JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN ' +
  'NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN ' +
  'SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
