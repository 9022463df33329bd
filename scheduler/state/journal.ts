import type { Journal, JournalEntry, JournalScope } from '../../jobs/journal.ts'
import type { State } from './state.ts'

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
  return {
    unsettled: scope => entriesOf(state, scope),
    sending: put,
    async answered(scope, outcomes) {
      const found = await entriesOf(
        state,
        scope,
        outcomes.map(([key]) => key),
      )
      const known = new Map(found.map(entry => [entry.change.key, entry]))
      await put(
        scope,
        outcomes.flatMap(([key, outcome]): readonly JournalEntry[] => {
          const entry = known.get(key)
          return entry === undefined ? [] : [{ ...entry, outcome }]
        }),
      )
    },
    async settled({ sync, connection }, keys) {
      await state.write(async tables => {
        for (const part of inParts(keys))
          await tables
            .deleteFrom('journal')
            .where('sync', '=', sync)
            .where('connection', '=', connection)
            .where('key', 'in', part)
            .execute()
      })
    },
  }
}

/** A statement takes so many values at most; SQLite's own limit is higher. */
const keysAtOnce = 500

/** Entries in the order in which they were written; of the keys, where keys are given. */
async function entriesOf(
  state: State,
  { sync, connection }: JournalScope,
  keys?: readonly string[],
): Promise<readonly JournalEntry[]> {
  const all = state.read
    .selectFrom('journal')
    .select('entry')
    .where('sync', '=', sync)
    .where('connection', '=', connection)
    .orderBy('ordinal')
  const parts = keys === undefined ? [all] : inParts(keys).map(part => all.where('key', 'in', part))
  const rows = []
  for (const part of parts) rows.push(...(await part.execute()))
  return rows.map(row => JSON.parse(row.entry) as JournalEntry)
}

const inParts = (keys: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(keys.length / keysAtOnce) }, (_, n) =>
    keys.slice(n * keysAtOnce, (n + 1) * keysAtOnce),
  )
