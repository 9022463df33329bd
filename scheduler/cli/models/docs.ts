import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Catalogue } from '../../../jobs/job.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import { readUnitTests } from '../../../models/compiler/unit-test.ts'
import type { Model } from '../../../models/model.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Office } from '../../office.ts'
import { groupedDigits, minute } from '../table.ts'
import { type CheckedModels, checkedModels, say, tellMistakes } from './check.ts'
import { type DocModel, docsPage } from './docs-page.ts'
import { type Build, buildsOf } from './planned.ts'

export interface DocsOptions {
  readonly out: string
}

/** Writes the documentation of all models as one page. */
export async function modelDocs(office: Office, catalogue: Catalogue, { out }: DocsOptions): Promise<number> {
  const found = await checkedModels(office, catalogue)
  if (found.checked.mistakes.length > 0) return tellMistakes(office.project.root, { ...found, json: false })
  await loadParser()
  const builds = existsSync(office.environment.warehouse.path)
    ? await office.lane.use(buildsOf)
    : new Map<string, Build>()
  const models = await Promise.all(
    found.compiled.models.map(model => docModel(model, { found, catalogue, builds, root: office.project.root })),
  )
  await found.keep()
  const at = `${minute(office.outside.now().toISOString())}Z`
  const page = docsPage({
    title: `Models of ${office.environment.name}`,
    at,
    models,
    exposures: found.compiled.exposures,
  })
  const path = resolve(office.project.root, out)
  await writeFile(path, page)
  say(`Wrote ${path}: open it in a browser.`)
  return exitCodes.ok.code
}

interface DocTerms {
  readonly found: CheckedModels
  readonly catalogue: Catalogue
  readonly builds: ReadonlyMap<string, Build>
  readonly root: string
}

async function docModel(model: Model, { found, catalogue, builds, root }: DocTerms): Promise<DocModel> {
  const { relation, header, file, reads } = model
  const { compiled, checked } = found
  const lineage = found.lineage(model)
  const build = builds.get(relation)
  const audits = model.audits({ rows: relation, all: relation, now: '' })
  const columns = (checked.columns.get(relation) ?? []).map(({ name, type }) => ({
    name,
    type,
    doc: header.columns[name]?.doc ?? '',
    promises: audits
      .filter(audit => audit.name.startsWith(`${name} `) && !header.audits.some(({ sql }) => sql === audit.name))
      .map(audit => audit.name.slice(name.length + 1)),
    from: lineage.columns.get(name) ?? [],
  }))
  return {
    relation,
    kind: header.kind,
    doc: header.doc,
    owner: header.owner,
    tags: header.tags,
    file,
    sql: model.sql.trim(),
    key: header.key ?? [],
    columns,
    audits: header.audits.map(({ sql }) => sql),
    tests: await testNames(root, file),
    reads: reads.filter(read => compiled.models.some(each => each.relation === read)),
    readers: [
      ...compiled.models.filter(each => each.reads.includes(relation)).map(each => each.relation),
      ...catalogue.syncs.filter(sync => sync.model === relation).map(sync => `sync ${sync.name}`),
    ],
    published:
      build?.publishedAt == null
        ? undefined
        : { at: `${minute(build.publishedAt)}Z`, rows: build.rows === null ? null : groupedDigits(String(build.rows)) },
  }
}

async function testNames(root: string, file: string): Promise<readonly string[]> {
  const beside = file.replace(/\.sql$/, '.test.yaml')
  const text = await readFile(resolve(root, beside), 'utf8').catch(() => undefined)
  return text === undefined ? [] : readUnitTests(text, beside).map(({ name }) => name)
}
