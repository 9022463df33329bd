import type { Local } from '../../models/warehouse/warehouse.ts'
import { withFewerThreads } from './fewer-threads.ts'
import { gateLines } from './gate-lines.ts'
import { gateTable } from './gate-table.ts'
import type { Gated, GateFile } from './gated.ts'

/** Judges one file: the engine admits, set by set; what it doubts goes to the judge, record by record. */
export const gate = (local: Local, file: GateFile): Promise<Gated> =>
  withFewerThreads(local, () => (file.format === 'ndjson' ? gateLines(local, file) : gateTable(local, file)))
