import type locked from '../models.lock.json'

/** How the warehouse gives a column of each kind of `models.lock.json`. */
interface Kinds {
  readonly text: string
  readonly decimal: string
  readonly integer: bigint
  readonly float: number
  readonly flag: boolean
  readonly instant: string
  readonly timestamp: string
  readonly date: string
  readonly json: string
  readonly other: string
}

/** The tables of a lock, for a typed query builder: a column that a model no longer gives stops the code that names it from compiling. */
export type TablesOf<Lock> = {
  readonly [Relation in keyof Lock]: {
    readonly [Column in keyof Lock[Relation]]: Kinds[keyof Lock[Relation][Column] & keyof Kinds] | null
  }
}

/** The models of this project. */
export type ModelTables = TablesOf<typeof locked>
