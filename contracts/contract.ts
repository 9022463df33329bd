import type { Column, Columns, Value } from './columns.ts'
import type { Risk } from './connection.ts'
import type { Rule } from './rules.ts'

/** What every record of one object promises. Its name `storefront.order` is also its relation, `raw.storefront_order`. */
export interface Contract<C extends Columns = Columns> {
  readonly name: string
  readonly version: number
  /** Columns that name a record within its connection. */
  readonly key: readonly string[]
  /** The instant column that says which of two versions is newer; a child without one has its parent's version, any other is as new as its reading. */
  readonly changed?: string
  readonly risk: Risk
  /** The system that decides every column that names no other. */
  readonly authority: string
  /** More rejects than this in one landing stop the load: `share` of the records, but never fewer than `atLeast`. */
  readonly rejectLimit: { readonly share: number; readonly atLeast: number }
  readonly row: C
  readonly rules: readonly Rule[]
  /** A child is replaced as a set with its parent's version. `column` holds the parent's key. */
  readonly parent?: { readonly contract: string; readonly column: string }
  /** Which contract brings the word that a record is gone for good: its column that holds this one's key, and the instant of it. */
  readonly gone?: { readonly contract: string; readonly column: string; readonly at: string }
  /** More records that vanish at once than this stop the load: a lost right to read them looks just the same. */
  readonly goneLimit?: { readonly share: number; readonly atLeast: number }
}

export type Row<C extends Contract> = { readonly [K in keyof C['row']]: Value<C['row'][K]> }

export interface ContractTerms<C extends Columns> extends Omit<Contract<C>, 'name' | 'key' | 'changed' | 'parent'> {
  readonly key: readonly (keyof C & string)[]
  readonly changed?: keyof C & string
  readonly parent?: { readonly contract: string; readonly column: keyof C & string }
}

/** Makes a contract; a rule or key that names a column which the row lacks, or a pattern that is none, is refused here, not at night. */
export function contract<const C extends Columns>(name: string, terms: ContractTerms<C>): Contract<C> {
  for (const rule of terms.rules)
    for (const column of rule.columns)
      if (!(column in terms.row))
        throw new TypeError(`contract ${name}: rule "${rule.sentence}" names ${column}, which its row lacks`)
  for (const [column, { pattern }] of Object.entries(terms.row)) checkPattern(`contract ${name}: ${column}`, pattern)
  return { name, ...terms }
}

/** A pattern is matched by JavaScript and by RE2: it may hold only what both know. */
function checkPattern(where: string, pattern: string | undefined): void {
  if (pattern === undefined) return
  if (/\(\?<?[=!]|\\[1-9]/.test(pattern.replaceAll('\\\\', '')))
    throw new TypeError(`${where} has the pattern ${pattern}, and RE2 knows no looking around and no back reference`)
  try {
    new RegExp(pattern, 'u')
  } catch (error) {
    throw new TypeError(`${where} has a pattern that is none: ${(error as Error).message}`, { cause: error })
  }
}

/** `storefront.order` → `storefront_order`: the contract's relation inside the schema `raw`. */
export const tableOf = ({ name }: Pick<Contract, 'name'>): string => name.replace('.', '_')

/** One broken promise of one record, as data. `found` is absent where the column is personal. */
export interface Breach {
  readonly column: string
  readonly code: string
  readonly allowed: string
  readonly found?: string
}

export const authorityOf = (contract: Contract, column: string): string =>
  (contract.row[column] as Column).authority ?? contract.authority

/** Contracts in an order in which each comes after its parent, if that is among them. */
export function parentsFirst(contracts: readonly Contract[]): readonly Contract[] {
  const depth = ({ parent }: Contract): number => {
    const above = contracts.find(({ name }) => name === parent?.contract)
    return above === undefined ? 0 : 1 + depth(above)
  }
  return contracts.toSorted((a, b) => depth(a) - depth(b))
}
