import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import { type Carried, carried } from '../../../models/dbt/carried.ts'
import type { ImportTerms } from '../../../models/dbt/import.ts'
import { compiledOf, filesOf, type Manifest, readManifest } from '../../../models/dbt/manifest.ts'
import { opsRelations } from '../../../models/warehouse/ops.ts'
import { rawName } from '../../../models/warehouse/raw.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { checkedModels, say, tellMistakes } from './check.ts'
import { carriedLines } from './import-lines.ts'

export interface ImportOptions {
  /** The folder of the dbt project. */
  readonly from: string
  /** Models that dbt goes on building. */
  readonly external?: readonly string[]
  readonly dryRun: boolean
}

const manifestFile = 'target/manifest.json'

/** Writes the models of a dbt project as models of this one, and says of each thing that was not carried where it stands and what to do. */
export async function modelImport(site: Site, catalogue: Catalogue, options: ImportOptions): Promise<number> {
  const { root } = site.project
  const from = resolve(root, options.from)
  const manifest = readManifest(await manifestIn(from), join(from, manifestFile))
  const files = await textsIn(from, filesOf(manifest))
  refuseUncompiled(manifest, files, from)
  await loadParser()
  const plan = carried(manifest, {
    files,
    types: await typesIn(from),
    known: [...catalogue.contracts.map(rawName), ...opsRelations],
    stands: await standing(root),
    external: options.external ?? [],
    runResults: relative(root, join(from, 'target/run_results.json')).split(sep).join('/'),
  })
  for (const line of carriedLines(plan, options.dryRun)) say(line)
  const isRight = options.dryRun ? await checkAside(site, catalogue, plan) : await checkHere(site, catalogue, plan)
  return isRight && plan.left.length === 0 ? exitCodes.ok.code : exitCodes.failed.code
}

async function manifestIn(from: string): Promise<string> {
  const text = await readFile(join(from, manifestFile), 'utf8').catch(() => undefined)
  if (text !== undefined) return text
  throw new Fault({
    what: `there is no ${manifestFile}`,
    where: from,
    hint: 'Name the folder of a dbt project, and run `dbt compile --full-refresh` in it first.',
    retry: 'never',
  })
}

async function textsIn(from: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const path of paths) {
    const text = await readFile(join(from, path), 'utf8').catch(() => undefined)
    if (text !== undefined) texts.set(path, text)
  }
  return texts
}

/** `dbt parse` writes a manifest, too, and no query. */
function refuseUncompiled(manifest: Manifest, files: ReadonlyMap<string, string>, from: string): void {
  const queries = Object.values(manifest.nodes).filter(
    ({ resource_type, language }) => resource_type === 'model' && language === 'sql',
  )
  if (queries.length === 0 || queries.some(node => compiledOf(node, files) !== undefined)) return
  throw new Fault({
    what: `none of the ${queries.length} models in the manifest was compiled`,
    where: join(from, manifestFile),
    hint: 'Run `dbt compile --full-refresh` in the folder: its queries are what is carried.',
    retry: 'never',
  })
}

const catalog = z.object({
  nodes: z.record(z.string(), z.object({ columns: z.record(z.string(), z.object({ type: z.string() })) })),
  sources: z.record(z.string(), z.object({ columns: z.record(z.string(), z.object({ type: z.string() })) })),
})

/** The types that `dbt docs generate` found in the warehouse; without its catalog none is known. */
async function typesIn(from: string): Promise<ImportTerms['types']> {
  const path = join(from, 'target/catalog.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return new Map()
  try {
    const { nodes, sources } = catalog.parse(JSON.parse(text))
    return new Map(
      [...Object.entries(nodes), ...Object.entries(sources)].map(([id, { columns }]) => [
        id,
        Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type])),
      ]),
    )
  } catch (cause) {
    const hint = 'Run `dbt docs generate` once more, or take the file away.'
    throw new Fault({ what: 'this is no catalog of dbt', where: path, hint, retry: 'never', cause })
  }
}

/** What stands under `models`, and may not be written over. */
async function standing(root: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(join(root, 'models'), { recursive: true }).catch((): readonly string[] => [])
  return new Set(entries.map(entry => `models/${entry.split(sep).join('/')}`))
}

async function checkHere(site: Site, catalogue: Catalogue, { files }: Carried): Promise<boolean> {
  const { root } = site.project
  for (const [file, text] of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text, { flag: 'wx' })
  }
  return (await tellMistakes(root, { ...(await checkedModels(site, catalogue)), json: false })) === exitCodes.ok.code
}

/** As it would be, in a place that goes again. */
async function checkAside(site: Site, catalogue: Catalogue, plan: Carried): Promise<boolean> {
  const root = await mkdtemp(join(tmpdir(), 'boomerang-import-'))
  try {
    await cp(join(site.project.root, 'models'), join(root, 'models'), { recursive: true }).catch(() => undefined)
    return await checkHere({ ...site, project: { ...site.project, root } }, catalogue, plan)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
