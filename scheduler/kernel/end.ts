import type { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import { note, type Tables } from './history.ts'

/** A Fault as the state store keeps it. */
export const faultText = ({ what, where, hint, retry, kind }: Fault): string =>
  JSON.stringify({ what, where, hint, retry, kind })

/** Marks a step failed, and all that waits for it, however far behind, blocked by it; other branches go on. */
export async function giveUp(
  tables: Tables,
  { run, step, fault }: { readonly run: string; readonly step: Step; readonly fault: Fault },
  now: number,
): Promise<void> {
  await tables
    .updateTable('step')
    .set({ state: 'failed', ended_at: now, fault: faultText(fault), holder: null })
    .where('run', '=', run)
    .where('id', '=', step.id)
    .execute()
  const blocked = await descendants(tables, run, step.id)
  if (blocked.length > 0)
    await tables
      .updateTable('step')
      .set({ state: 'blocked', fault: JSON.stringify({ what: `waits for "${step.id}", which failed` }) })
      .where('run', '=', run)
      .where('state', '=', 'waiting')
      .where('id', 'in', blocked)
      .execute()
  await note(tables, { run, step: step.id, what: 'failed', facts: { why: fault.what } }, now)
  await endRun(tables, run, now)
}

async function descendants(tables: Tables, run: string, of: string): Promise<readonly string[]> {
  const found = new Set<string>()
  let parents: readonly string[] = [of]
  while (parents.length > 0) {
    const rows = await tables
      .selectFrom('edge')
      .select('child')
      .distinct()
      .where('run', '=', run)
      .where('parent', 'in', parents)
      .execute()
    parents = rows.map(({ child }) => child).filter(child => !found.has(child))
    for (const child of parents) found.add(child)
  }
  return [...found]
}

/** A run's state is derived: it ends when no step can go on. */
export async function endRun(tables: Tables, run: string, now: number): Promise<void> {
  const ofRun = tables.selectFrom('step').select('id').where('run', '=', run).limit(1)
  const open = await ofRun.where('state', 'in', ['ready', 'running', 'waiting']).executeTakeFirst()
  if (open !== undefined) return
  const undone = await ofRun.where('state', '!=', 'done').executeTakeFirst()
  const ended = undone === undefined ? 'done' : 'failed'
  await tables.updateTable('run').set({ state: ended, ended_at: now }).where('id', '=', run).execute()
}
