import type { Connection, Risk } from '../../contracts/connection.ts'
import type { Contract } from '../../contracts/contract.ts'

/** What is pushed back: a model, a sink, and which column becomes which field. */
export interface Sync {
  readonly name: string
  readonly risk: Risk
  /** The contract of the pushed fields: only columns whose authority is `warehouse` may be mapped. */
  readonly contract: Contract
  /** `marts.customer_loyalty`: has a column `connection` and the columns named here. */
  readonly model: string
  readonly sink: string
  /** The model's column that is the record's id at the sink. */
  readonly id: string
  /** Column to field of the sink. */
  readonly fields: Readonly<Record<string, string>>
  /** The column that says as of when the values hold; an older one never overwrites a newer. */
  readonly asOf: string
  /** Which of the model's connections goes to which connection of the sink. */
  route(connections: readonly Connection[]): readonly Route[]
  /** More changes than this share of the model's rows, beyond `atLeast`, and nothing is sent: a person has to look. */
  readonly budget: { readonly share: number; readonly atLeast: number }
}

/** Holds a sync's names to the columns that a model gives: one that an analyst renames stops it from compiling. */
export const syncOf =
  <Tables>() =>
  <Name extends keyof Tables & string, Field extends keyof Tables[Name] & string>(
    terms: Omit<Sync, 'fields'> & Named<Name, keyof Tables[Name] & string, Field>,
  ): Sync =>
    terms

interface Named<Name, Column, Field extends string> {
  readonly model: Name
  readonly id: Column
  readonly asOf: Column
  readonly fields: Readonly<Record<Field, string>>
}

export interface Route {
  readonly from: string
  readonly to: string
}
