import type { Left } from './left.ts'

/** One relation as it is carried: its files, none where it could not be. */
export interface Made {
  readonly id: string
  readonly relation: string
  readonly files: ReadonlyMap<string, string>
  readonly left: readonly Left[]
  readonly notes: readonly string[]
}

export const fileOf = (relation: string): string => `models/${relation.replace('.', '/')}.sql`
export const besideOf = (relation: string, ending: string): string => `models/${relation.replace('.', '/')}.${ending}`
