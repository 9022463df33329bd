import type { Headed, Header } from './compiler/header.ts'
import type { Audit } from './warehouse/warehouse.ts'

/** One SQL file, `models/<schema>/<name>.sql`, that becomes one relation, `<schema>.<name>`. */
export interface Model {
  readonly name: string
  readonly relation: string
  readonly kind: 'view' | 'table'
  /** The query on the lines on which it stands in the file; `$now` is still open. */
  readonly sql: string
  /** Relations that must stand first: those of the query, of its audits and of its references. */
  readonly reads: readonly string[]
  /** What every row of the built relation promises. */
  readonly audits: (relation: string) => readonly Audit[]
  readonly header: Header
  /** Where a value or a key of the header stands in its file. */
  readonly at: Headed['at']
  /** Changes when the query means something else, here or in a model that it reads; not with a comment, a doc or a space. */
  readonly fingerprint: string
  /** Path within the project, for people. */
  readonly file: string
}
