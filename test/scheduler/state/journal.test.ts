import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JournalEntry } from '../../../jobs/journal.ts'
import { journalOf } from '../../../scheduler/state/journal.ts'
import { openState } from '../../../scheduler/state/open.ts'
import { overEveryStore, type Place } from '../fixture.ts'

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const scope = { sync: 'loyalty', connection: 'north' }
  const entry = (key: string): JournalEntry =>
    ({
      change: { key, op: 'upsert', id: key, fields: { score: '1' } },
      before: {},
      asOf: '',
      sentAt: '',
    }) as unknown as JournalEntry

  test('what is being sent is known to the process that comes after a crash', async () => {
    await journalOf(place.state).sending(scope, [entry('b'), entry('a')])
    const other = await openState({ address: place.address })
    expect(await journalOf(other).unsettled(scope)).toEqual([entry('b'), entry('a')])
    await other.close()
  })

  test('an answer is kept with its entry, and an entry goes when it is settled', async () => {
    const journal = journalOf(place.state)
    const keys = Array.from({ length: 1_200 }, (_, n) => `k${n}`)
    await journal.sending(scope, keys.map(entry))
    const outcome = { state: 'acked' } as never
    await journal.answered(
      scope,
      keys.slice(0, 600).map(key => [key, outcome] as const),
    )
    const answered = (await journal.unsettled(scope)).filter(each => each.outcome !== undefined)
    expect(answered.map(({ change }) => change.key)).toEqual(keys.slice(0, 600))
    await journal.settled(scope, keys.slice(0, 1_199))
    expect((await journal.unsettled(scope)).map(({ change }) => change.key)).toEqual(['k1199'])
  })

  test('syncs and connections do not see each other’s entries', async () => {
    const journal = journalOf(place.state)
    await journal.sending(scope, [entry('a')])
    expect(await journal.unsettled({ ...scope, connection: 'south' })).toEqual([])
    await journal.settled({ ...scope, sync: 'tier' }, ['a'])
    expect(await journal.unsettled(scope)).toHaveLength(1)
  })
})
