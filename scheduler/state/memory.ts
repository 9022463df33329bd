import type { Json, Resume } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Journal, JournalEntry, JournalScope } from '../../jobs/journal.ts'
import type { Claim } from '../kernel/kernel.ts'
import type { State } from './state.ts'

/** A step's own memory, kept under its name beyond the run; only the holder of the claim's token may write it. */
export const resumeOf = (state: State, held: Claim): Resume => ({
  async get(name) {
    const row = await state.read
      .selectFrom('resume')
      .select('value')
      .where('step', '=', held.step.id)
      .where('name', '=', name)
      .executeTakeFirst()
    return row === undefined ? undefined : (JSON.parse(row.value) as Json)
  },
  async set(name, value) {
    await state.write(async tables => {
      const holds = await tables
        .selectFrom('step')
        .select('id')
        .where('run', '=', held.run)
        .where('id', '=', held.step.id)
        .where('token', '=', held.token)
        .where('state', '=', 'running')
        .executeTakeFirst()
      if (holds === undefined)
        throw new Fault({
          what: 'this claim of the step was taken over by another',
          where: held.step.id,
          hint: 'Nothing was remembered; the other claim does the step.',
          retry: 'never',
        })
      if (value === undefined)
        return void (await tables
          .deleteFrom('resume')
          .where('step', '=', held.step.id)
          .where('name', '=', name)
          .execute())
      const text = JSON.stringify(value)
      await tables
        .insertInto('resume')
        .values({ step: held.step.id, name, value: text })
        .onConflict(conflict => conflict.columns(['step', 'name']).doUpdateSet({ value: text }))
        .execute()
    })
  },
})

/** The send journal in the state store. */
export function journalOf(state: State): Journal {
  const put = async (scope: JournalScope, entries: readonly JournalEntry[]): Promise<void> => {
    await state.write(async tables => {
      const last = await tables
        .selectFrom('journal')
        .select(eb => eb.fn.max('ordinal').as('ordinal'))
        .executeTakeFirst()
      const first = Number(last?.ordinal ?? 0) + 1
      for (const [n, entry] of entries.entries()) {
        const text = JSON.stringify(entry)
        await tables
          .insertInto('journal')
          .values({ ...scope, key: entry.change.key, ordinal: first + n, entry: text })
          .onConflict(conflict => conflict.columns(['sync', 'connection', 'key']).doUpdateSet({ entry: text }))
          .execute()
      }
    })
  }
  const unsettled = async ({ sync, connection }: JournalScope): Promise<readonly JournalEntry[]> => {
    const rows = await state.read
      .selectFrom('journal')
      .select('entry')
      .where('sync', '=', sync)
      .where('connection', '=', connection)
      .orderBy('ordinal')
      .execute()
    return rows.map(row => JSON.parse(row.entry) as JournalEntry)
  }
  return {
    unsettled,
    sending: put,
    async answered(scope, outcomes) {
      const known = new Map((await unsettled(scope)).map(entry => [entry.change.key, entry]))
      const entries = outcomes.flatMap(([key, outcome]): readonly JournalEntry[] => {
        const entry = known.get(key)
        return entry === undefined ? [] : [{ ...entry, outcome }]
      })
      await put(scope, entries)
    },
    async settled({ sync, connection }, keys) {
      await state.write(async tables => {
        for (let from = 0; from < keys.length; from += 500)
          await tables
            .deleteFrom('journal')
            .where('sync', '=', sync)
            .where('connection', '=', connection)
            .where('key', 'in', keys.slice(from, from + 500))
            .execute()
      })
    },
  }
}
