import type { AuditPlaces } from './compiler/audits.ts'
import type { Header } from './compiler/header.ts'
import type { PlacedYaml } from './compiler/placed-yaml.ts'
import type { Audit } from './warehouse/warehouse.ts'

/** One SQL file, `models/<schema>/<name>.sql`, that becomes one relation, `<schema>.<name>`. */
export interface Model {
  readonly name: string
  readonly relation: string
  /** The query on the lines on which it stands in the file; its parameters are still open. Of a seed the rows of its CSV, of an external model its columns without a row. */
  readonly sql: string
  /** Relations that must stand first: those of the query, of its audits and of its references. */
  readonly reads: readonly string[]
  /** What every row of the built relation promises. */
  readonly audits: (places: AuditPlaces) => readonly Audit[]
  readonly header: Header
  /** Where a value or a key of the header stands in its file. */
  readonly at: PlacedYaml['at']
  /** Changes when the query means something else, here or in a model that it reads; not with a comment, a doc or a space. */
  readonly fingerprint: string
  /** As the fingerprint, without what it reads: whether this file itself means something else. */
  readonly own: string
  /** Changes with anything that its header says. */
  readonly told: string
  /** Path within the project, for people; `body` is the file that holds the query, where another warehouse has one of its own. */
  readonly file: string
  readonly body: string
}
