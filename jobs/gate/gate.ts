import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Local } from '../../models/warehouse/warehouse.ts'
import { textOf } from '../landed-text.ts'
import { type Dialect, plain } from '../sources/dialect.ts'
import { withFewerThreads } from './fewer-threads.ts'
import { gateLines } from './gate-lines.ts'
import { gateTable } from './gate-table.ts'
import type { Gated, GateFile, GateText } from './gated.ts'

/** Judges one file: the engine admits, set by set; what it doubts goes to the judge, record by record. */
export async function gate(local: Local, file: GateFile): Promise<Gated> {
  const { dialect = plain } = file
  const text = { ...file, dialect, text: await readable(file, dialect) }
  return withFewerThreads(local, () => (file.format === 'ndjson' ? gateLines(local, text) : gateTable(local, text)))
}

/** The landed file itself where the engine can read it; otherwise a copy in UTF-8, without its trailer, among the scratch. */
async function readable({ path, format, scratch, prefix }: GateFile, dialect: Dialect): Promise<GateText['text']> {
  const isOwn = format === 'parquet' || (dialect.encoding === 'utf-8' && dialect.trailer === undefined)
  if (isOwn) return { path, compression: dialect.compression }
  const copy = join(scratch, `${prefix}_text`)
  await pipeline(textOf(path, dialect), createWriteStream(copy))
  return { path: copy, compression: 'none' }
}
