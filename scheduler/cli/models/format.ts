import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format } from 'sql-formatter'
import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import { selectModels } from '../../../models/compiler/select.ts'
import { parseSql } from '../../../models/compiler/sql.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { counted } from '../table.ts'
import { checkedModels, say, tellMistakes } from './check.ts'

export interface FormatOptions {
  readonly terms: readonly string[]
  /** Writes nothing, and fails where something would be written otherwise. */
  readonly check: boolean
}

/** Writes the queries of models evenly; a header, a comment and the meaning stay as they are. */
export async function modelFormat(site: Site, catalogue: Catalogue, { terms, check }: FormatOptions): Promise<number> {
  const { root } = site.project
  const found = await checkedModels(site, catalogue)
  if (found.checked.mistakes.length > 0) return tellMistakes(root, { ...found, json: false })
  await loadParser()
  const models = selectModels(found.compiled.models, { terms }).filter(
    ({ header }) => !['seed', 'external'].includes(header.kind),
  )
  const changed: string[] = []
  for (const { body } of models) {
    const before = await readFile(join(root, body), 'utf8')
    const after = formatted(before, body)
    if (after === before) continue
    changed.push(body)
    if (!check) await writeFile(join(root, body), after)
  }
  say(
    changed.length === 0
      ? `${counted(models.length, 'model')}, each even.`
      : `${check ? 'Not even' : 'Wrote'}: ${changed.join(', ')}.`,
  )
  return check && changed.length > 0 ? exitCodes.failed.code : exitCodes.ok.code
}

/** The text of a file with its query written evenly. A Fault where it would then mean something else. */
export function formatted(text: string, file: string): string {
  const end = text.startsWith('/* @model') ? text.indexOf('*/') + 2 : 0
  const query = text.slice(end)
  const even = format(query, {
    language: 'duckdb',
    tabWidth: 2,
    keywordCase: 'lower',
    dataTypeCase: 'lower',
    functionCase: 'preserve',
    linesBetweenQueries: 1,
    paramTypes: { named: ['$'] },
  })
  if (parseSql(query, file).meaning !== parseSql(even, file).meaning)
    throw new Fault({
      what: 'the formatter would change what the query means',
      where: file,
      hint: 'Nothing was written to it; format it by hand.',
      retry: 'never',
    })
  return end === 0 ? `${even}\n` : `${text.slice(0, end)}\n${even}\n`
}
