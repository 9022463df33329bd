/** Something that was not carried, where it stands, and what a person does about it. */
export interface Left {
  /** The relation that it is about; undefined where it is about the project. */
  readonly of: string | undefined
  readonly file: string
  readonly line: number
  readonly what: string
  readonly todo: string
}

export const byRelation = (a: Left, b: Left): number =>
  order(a.of ?? '', b.of ?? '') || order(a.file, b.file) || a.line - b.line

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
