import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { warehouseKinds } from '../../contracts/connection.ts'
import { Fault } from '../../contracts/fault.ts'
import { closest } from './closest.ts'
import { attempt, type Mistake } from './mistake.ts'

/** The files of one model: its own, and those that stand beside it. */
export interface ModelFiles {
  readonly relation: string
  readonly file: string
  readonly text: string
  /** Queries that must give no row, by their names: `no_gap.audit.sql`. All of the schema's folder. */
  readonly audits: ReadonlyMap<string, string>
  /** What a seed holds; undefined where no CSV stands beside it. */
  readonly csv: string | undefined
  /** Bodies for other warehouseKinds, by warehouse. */
  readonly bodies: ReadonlyMap<string, string>
}

/** Folders of `models` that hold the machinery or functions; schemas that are not the models' own. */
const apart = ['warehouse', 'compiler', 'dbt', 'fn']
const taken = ['raw', 'ops', 'gate', 'fn', 'main', 'temp', 'information_schema', 'pg_catalog']

const part = '[a-z_][a-z0-9_]*'
const modelFile = new RegExp(`^models/(${part})/(${part})\\.sql$`)
const besideFile = new RegExp(
  `^models/${part}/(${part})\\.(audit\\.sql|(?:${warehouseKinds.join('|')})\\.sql|test\\.yaml|csv)$`,
)

/** `models/marts/orders.sql` is `marts.orders`; undefined where the file is no model. */
export function relationOfFile(file: string): string | undefined {
  const [, schema, name] = modelFile.exec(file) ?? []
  return schema === undefined || name === undefined ? undefined : `${schema}.${name}`
}

export interface FoundFiles {
  readonly models: readonly ModelFiles[]
  readonly mistakes: readonly Mistake[]
}

/** Reads all files of a project's models; a file that nobody would read is a mistake, for its author thinks otherwise. */
export async function findFiles(root: string): Promise<FoundFiles> {
  const files = await listed(root)
  const mistakes: Mistake[] = files.flatMap(file => misplaced(file, files))
  const texts = new Map<string, string>()
  const read = files.filter(each => modelFile.test(each) || besideFile.test(each))
  for (const [file, bytes] of await Promise.all(
    read.map(async file => [file, await readFile(join(root, file))] as const),
  )) {
    const text = attempt(file, mistakes, () => textOf(bytes, file))
    if (text !== undefined) texts.set(file, text)
  }
  const audits = auditsByFolder(texts)
  const models = [...texts].flatMap(([file, text]) => {
    const relation = relationOfFile(file)
    return relation === undefined || isTaken(relation)
      ? []
      : [{ relation, file, text, audits: audits.get(folderOf(file)) ?? new Map(), ...besides(file, texts) }]
  })
  return { models, mistakes }
}

/** The relations that the files of a project name, whether or not they compile. */
export const modelRelations = async (root: string): Promise<readonly string[]> =>
  (await listed(root)).flatMap(file => relationOfFile(file) ?? [])

const isTaken = (relation: string): boolean => taken.includes(relation.split('.')[0] ?? '')

/** Whether models may not stand in a schema of this name. */
export const isTakenSchema = (schema: string): boolean => taken.includes(schema) || apart.includes(schema)

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1)

function auditsByFolder(texts: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const folders = new Map<string, Map<string, string>>()
  for (const [file, text] of texts) {
    if (!file.endsWith('.audit.sql')) continue
    const folder = folders.get(folderOf(file)) ?? new Map<string, string>()
    folders.set(folderOf(file), folder.set(file.slice(folderOf(file).length), text))
  }
  return folders
}

function besides(file: string, texts: ReadonlyMap<string, string>): Pick<ModelFiles, 'csv' | 'bodies'> {
  const stem = file.slice(0, -'.sql'.length)
  const bodies = warehouseKinds.flatMap(warehouse => {
    const text = texts.get(`${stem}.${warehouse}.sql`)
    return text === undefined ? [] : [[warehouse, text] as const]
  })
  return { csv: texts.get(`${stem}.csv`), bodies: new Map(bodies) }
}

async function listed(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'models'), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(entry => entry.isFile() && /\.(sql|test\.ya?ml|csv)$/i.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name).slice(root.length).split(sep).filter(Boolean).join('/'))
    .filter(file => !apart.includes(file.split('/')[1] ?? ''))
    .sort()
}

/** What keeps a file from being read as its author meant it. */
function misplaced(file: string, all: readonly string[]): readonly Mistake[] {
  const mistake = (what: string, hint: string): readonly Mistake[] => [{ file, line: 1, column: 1, what, hint }]
  const relation = relationOfFile(file)
  if (relation !== undefined)
    return isTaken(relation)
      ? mistake(
          `the schema ${relation.split('.')[0]} is not for models`,
          'Move it to a folder of another name, such as marts.',
        )
      : []
  const [, stem, ending] = besideFile.exec(file) ?? []
  if (stem === undefined || ending === undefined) return mistake(`${file} names no relation`, namesHint)
  if (ending === 'audit.sql') return []
  const owner = `${file.slice(0, file.lastIndexOf('/') + 1)}${stem}.sql`
  if (all.includes(owner)) return []
  const near = closest(
    owner,
    all.filter(each => modelFile.test(each)),
  )
  return mistake(
    `no model stands beside it: there is no ${owner}`,
    near === undefined ? namesHint : `Did you mean the one of ${near}?`,
  )
}

const namesHint =
  'A model is models/<schema>/<name>.sql, in lower case letters, digits and _; beside it <name>.test.yaml, <name>.csv of a seed, <name>.<warehouse>.sql and <promise>.audit.sql.'

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Fault({
      what: 'the file is not written in UTF-8',
      where: `${file}:${lineOfBreak(bytes)}:1`,
      hint: 'Save it as UTF-8; an older editor may call that “Unicode (UTF-8)”.',
      retry: 'never',
    })
  }
}

/** The line on which the first sign stands that is none. */
function lineOfBreak(bytes: Uint8Array): number {
  const lenient = new TextDecoder('utf-8').decode(bytes)
  return lenient.slice(0, lenient.indexOf('\ufffd')).split('\n').length
}
