type Words = Readonly<Record<string, unknown>>

/** A project of dbt as its manifest tells of it, and the files that the manifest names; each node with what dbt always writes. */
export interface DbtProject {
  readonly nodes: readonly Words[]
  readonly sources?: readonly Words[]
  readonly exposures?: readonly Words[]
  readonly unitTests?: readonly Words[]
  readonly groups?: readonly Words[]
  readonly adapter?: string
  readonly version?: number
  readonly files?: Readonly<Record<string, string>>
}

/** Files by their paths, the project in the folder `old`. */
export function dbtFiles(project: DbtProject): Readonly<Record<string, string>> {
  const { nodes, sources = [], exposures = [], unitTests = [], groups = [], adapter = 'duckdb', version = 12 } = project
  const manifest = {
    metadata: {
      dbt_schema_version: `https://schemas.getdbt.com/dbt/manifest/v${version}.json`,
      project_name: 'shop',
      adapter_type: adapter,
    },
    nodes: byId(nodes),
    sources: byId(sources),
    exposures: byId(exposures),
    unit_tests: byId(unitTests),
    groups: byId(groups),
  }
  const files = Object.entries(project.files ?? {}).map(([file, text]) => [`old/${file}`, text] as const)
  return { 'old/target/manifest.json': JSON.stringify(manifest), ...Object.fromEntries(files) }
}

const byId = (all: readonly Words[]): Words => Object.fromEntries(all.map(each => [String(each.unique_id), each]))

/** `marts.orders` of a kind of node; it lies in the database `db`. */
export function dbtNode(kind: 'model' | 'seed' | 'snapshot', relation: string, more: Words = {}): Words {
  const [schema, name] = relation.split('.')
  const folder = { model: 'models', seed: 'seeds', snapshot: 'snapshots' }[kind]
  return {
    unique_id: `${kind}.shop.${name}`,
    resource_type: kind,
    name,
    alias: name,
    database: 'db',
    schema,
    relation_name: `"db"."${schema}"."${name}"`,
    package_name: 'shop',
    original_file_path: `${folder}/${name}.${kind === 'seed' ? 'csv' : 'sql'}`,
    patch_path: 'shop://models/schema.yml',
    description: `One row of ${name}.`,
    ...more,
    config: { materialized: kind === 'model' ? 'view' : kind, ...(more.config as object | undefined) },
  }
}

export function dbtSource(source: string, name: string, more: Words = {}): Words {
  return {
    unique_id: `source.shop.${source}.${name}`,
    resource_type: 'source',
    source_name: source,
    name,
    identifier: name,
    database: 'db',
    schema: source,
    package_name: 'shop',
    original_file_path: 'models/schema.yml',
    description: `One row of ${name}.`,
    ...more,
  }
}

/** A test on a column of a node, `not_null` or another. */
export function dbtTest(on: string, column: string, name: string, more: Words = {}): Words {
  const { kwargs = {}, namespace = null, nodes = [on], ...others } = more
  return {
    unique_id: `test.shop.${name}_${on}_${column}`,
    resource_type: 'test',
    name: `${name}_${on}_${column}`,
    package_name: 'shop',
    original_file_path: 'models/schema.yml',
    test_metadata: { name, namespace, kwargs: { column_name: column, ...(kwargs as object) } },
    column_name: column,
    attached_node: on,
    depends_on: { nodes },
    ...others,
    config: {
      materialized: 'test',
      severity: 'ERROR',
      warn_if: '!= 0',
      error_if: '!= 0',
      fail_calc: 'count(*)',
      ...(more.config as object | undefined),
    },
  }
}
