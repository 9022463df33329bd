import { z } from 'zod'
import { Fault } from '../../contracts/fault.ts'

/** The manifest that is read; dbt has written it since 1.8. */
const version = 12

const words = z.union([z.string(), z.array(z.string())]).transform(given => (Array.isArray(given) ? given : [given]))
const meta = z.record(z.string(), z.unknown()).default({})
const hooks = z.array(z.unknown()).default([])

const column = z.object({
  name: z.string(),
  description: z.string().nullish(),
  data_type: z.string().nullish(),
  meta,
  constraints: z.array(z.unknown()).default([]),
})

const config = z.object({
  materialized: z.string().nullish(),
  meta,
  group: z.string().nullish(),
  unique_key: words.nullish(),
  incremental_strategy: z.string().nullish(),
  incremental_predicates: z.unknown().optional(),
  merge_update_columns: z.unknown().optional(),
  merge_exclude_columns: z.unknown().optional(),
  on_schema_change: z.string().nullish(),
  event_time: z.string().nullish(),
  batch_size: z.string().nullish(),
  begin: z.string().nullish(),
  lookback: z.number().nullish(),
  partition_by: z.unknown().optional(),
  strategy: z.string().nullish(),
  updated_at: z.string().nullish(),
  check_cols: words.nullish(),
  hard_deletes: z.string().nullish(),
  invalidate_hard_deletes: z.boolean().nullish(),
  severity: z.string().nullish(),
  where: z.string().nullish(),
  warn_if: z.string().nullish(),
  error_if: z.string().nullish(),
  fail_calc: z.string().nullish(),
  column_types: z.record(z.string(), z.string()).nullish(),
  delimiter: z.string().nullish(),
  'pre-hook': hooks,
  'post-hook': hooks,
  grants: z.record(z.string(), z.unknown()).nullish(),
})

const dependsOn = z.object({ nodes: z.array(z.string()).default([]) }).default({ nodes: [] })

const described = {
  unique_id: z.string(),
  name: z.string(),
  package_name: z.string(),
  original_file_path: z.string(),
  description: z.string().nullish(),
  meta,
  tags: z.array(z.string()).default([]),
  depends_on: dependsOn,
}

const relation = {
  ...described,
  database: z.string().nullish(),
  schema: z.string().nullish(),
  relation_name: z.string().nullish(),
  patch_path: z.string().nullish(),
  columns: z.record(z.string(), column).default({}),
}

const node = z.object({
  ...relation,
  resource_type: z.string(),
  alias: z.string().nullish(),
  language: z.string().default('sql'),
  raw_code: z.string().nullish(),
  compiled_code: z.string().nullish(),
  compiled_path: z.string().nullish(),
  extra_ctes: z.array(z.object({ id: z.string(), sql: z.string().nullish() })).default([]),
  constraints: z.array(z.unknown()).default([]),
  test_metadata: z
    .object({
      name: z.string(),
      namespace: z.string().nullish(),
      kwargs: z.record(z.string(), z.unknown()).default({}),
    })
    .nullish(),
  column_name: z.string().nullish(),
  attached_node: z.string().nullish(),
  config,
})

const source = z.object({
  ...relation,
  source_name: z.string(),
  identifier: z.string(),
  loaded_at_field: z.string().nullish(),
})

const exposure = z.object({
  ...described,
  label: z.string().nullish(),
  url: z.string().nullish(),
  owner: z.object({ name: z.string().nullish(), email: words.nullish() }).default({}),
})

/** Rows of a unit test: by column, or a query in words. */
const rows = z.object({
  rows: z.union([z.array(z.record(z.string(), z.unknown())), z.string()]).nullish(),
  format: z.string().default('dict'),
})

const unitTest = z.object({
  ...described,
  model: z.string(),
  given: z.array(rows.extend({ input: z.string() })).default([]),
  expect: rows,
  overrides: z.record(z.string(), z.unknown()).nullish(),
})

const group = z.object({
  name: z.string(),
  owner: z.object({ name: z.string().nullish(), email: words.nullish() }).default({}),
})

const manifest = z.object({
  metadata: z.object({ project_name: z.string().default(''), adapter_type: z.string().nullish() }),
  nodes: z.record(z.string(), node),
  sources: z.record(z.string(), source).default({}),
  exposures: z.record(z.string(), exposure).default({}),
  unit_tests: z.record(z.string(), unitTest).default({}),
  groups: z.record(z.string(), group).default({}),
})

/** What is read of dbt's manifest: https://schemas.getdbt.com/dbt/manifest/v12.json */
export type Manifest = Readonly<z.output<typeof manifest>>
export type DbtNode = Readonly<z.output<typeof node>>
export type DbtSource = Readonly<z.output<typeof source>>
export type DbtColumn = Readonly<z.output<typeof column>>
export type DbtUnitTest = Readonly<z.output<typeof unitTest>>
export type DbtRows = Readonly<z.output<typeof rows>>

/** Reads the text of a manifest; a Fault says in words why it is none that can be carried. */
export function readManifest(text: string, where: string): Manifest {
  const json = parsed(text, where)
  const said = z.object({ metadata: z.object({ dbt_schema_version: z.string() }) }).safeParse(json)
  const [, found] = /\/manifest\/v(\d+)(?:\.json)?$/.exec(said.data?.metadata.dbt_schema_version ?? '') ?? []
  if (found === undefined)
    throw fault('this is no manifest of dbt', where, 'Name the folder of a dbt project, and run `dbt compile` in it.')
  if (Number(found) !== version)
    throw fault(
      `the manifest is of version ${found}, and ${version} is read`,
      where,
      'Run `dbt compile` with dbt 1.8 or newer.',
    )
  const read = manifest.safeParse(json)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw fault(
    `the manifest is not as dbt writes it: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    where,
    'Run `dbt compile` once more.',
  )
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw fault('the manifest is no JSON', where, 'It is perhaps half written: run `dbt compile` once more.', cause)
  }
}

const fault = (...[what, where, hint, cause]: readonly [string, string, string, unknown?]): Fault =>
  new Fault({ what, where, hint, retry: 'never', cause })

/** Where a file of a project or of one of its packages lies within the project. */
export const pathOf = ({ metadata }: Manifest, packageName: string, file: string): string =>
  packageName === metadata.project_name ? file : `dbt_packages/${packageName}/${file}`

/** Where the properties of a relation stand: `shop://models/schema.yml`. */
export function propertiesOf(
  manifest: Manifest,
  { patch_path }: { readonly patch_path?: string | null | undefined },
): string | undefined {
  const [, packageName, file] = /^([^:]+):\/\/(.+)$/.exec(patch_path ?? '') ?? []
  return packageName === undefined || file === undefined ? undefined : pathOf(manifest, packageName, file)
}

/** Where dbt compiles to. */
const compiledTo = (node: DbtNode): string => `target/compiled/${node.package_name}/${node.original_file_path}`

/** Every file that has to be read beside the manifest, by its path in the dbt project. */
export const filesOf = (manifest: Manifest): readonly string[] => [
  ...new Set(
    [
      ...Object.values(manifest.nodes),
      ...Object.values(manifest.sources),
      ...Object.values(manifest.exposures),
      ...Object.values(manifest.unit_tests),
    ].flatMap(each =>
      [
        pathOf(manifest, each.package_name, each.original_file_path),
        ...('patch_path' in each ? [propertiesOf(manifest, each)] : []),
        ...('compiled_path' in each ? [compiledTo(each as DbtNode)] : []),
      ].filter(path => path !== undefined),
    ),
  ),
]

/** The query of a node as dbt compiled it. */
export const compiledOf = (node: DbtNode, files: ReadonlyMap<string, string>): string | undefined =>
  node.compiled_code ?? files.get(compiledTo(node)) ?? undefined
