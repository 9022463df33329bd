import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../contracts/connection.ts'
import type { Change, Fields, Outcome, Sink } from '../../sinks/sink.ts'
import { type Outside, token } from '../sinks/outside.ts'

/** A place that a sink delivers to, and how to look into it without the sink. */
export interface Place {
  readonly ctx: Outside
  readonly connection: Connection
  /** What the place calls itself. */
  readonly account: string
  /** The id of the n-th record that the place can take a change for. */
  id(n: number): string
  /** An id of which the place knows nothing; absent where a place takes every id. */
  readonly unknown?: string
  /** An id that reading back must not find, where the place answers for `unknown` all the same. */
  readonly unread?: string
  /** Two fields that the place has, and a value for each. */
  readonly fields: Readonly<Record<string, string>>
  /** What stands there now, empty fields left out. */
  held(id: string): Promise<Readonly<Record<string, string>> | undefined>
  close(): Promise<void>
}

/** What every sink promises, whatever stands behind it. */
export function judgeSink(sink: Sink, open: () => Promise<Place>): void {
  describe(`the sink ${sink.name} keeps its promises`, () => {
    let place: Place
    beforeEach(async () => {
      place = await open()
    })
    afterEach(() => place.close())

    const change = (n: number, fields: Fields = place.fields): Change => ({
      op: 'upsert',
      id: place.id(n),
      key: `key-${n}-${JSON.stringify(fields).length}`,
      fields,
    })
    const many = (count: number): readonly Change[] => Array.from({ length: count }, (_, n) => change(n))
    async function deliver(changes: readonly Change[]): Promise<readonly Outcome[]> {
      const outcomes: Outcome[] = []
      for (let at = 0; at < changes.length; at += sink.batch) {
        const part = changes.slice(at, at + sink.batch)
        outcomes.push(...(await sink.deliver(place.ctx, { connection: place.connection, changes: part })))
      }
      return outcomes
    }
    const statesOf = (outcomes: readonly Outcome[]): Readonly<Record<string, string>> =>
      Object.fromEntries(outcomes.map(({ id, state }) => [id, state]))

    it('says whose account it is', async () => {
      expect(await sink.check(place.ctx, place.connection)).toEqual({ account: place.account })
    })

    it('gives one outcome for each change, over more than one batch, and the place holds every value', async () => {
      const changes = many(sink.batch + 3)
      const outcomes = await deliver(changes)
      expect(outcomes.map(({ id }) => id).toSorted()).toEqual(changes.map(({ id }) => id).toSorted())
      expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(['acked']))
      for (const { id } of changes) expect(await place.held(id)).toMatchObject(place.fields)
    })

    it('gives no outcome where there is no change', async () => {
      expect(await deliver([])).toEqual([])
    })

    it('takes the same changes again without harm', async () => {
      await deliver(many(5))
      const before = await Promise.all(many(5).map(({ id }) => place.held(id)))
      expect(Object.values(statesOf(await deliver(many(5))))).toEqual(Array(5).fill('acked'))
      expect(await Promise.all(many(5).map(({ id }) => place.held(id)))).toEqual(before)
    })

    it('leaves alone what a change does not name', async () => {
      const [first = '', second = ''] = Object.keys(place.fields)
      await deliver([change(0)])
      await deliver([change(0, { [first]: place.fields[first] ?? '' })])
      expect((await place.held(place.id(0)))?.[second]).toBe(place.fields[second])
    })

    it.runIf(sink.clears)('empties a field whose value is null, and only that one', async () => {
      const [first = '', second = ''] = Object.keys(place.fields)
      await deliver(many(3))
      await deliver([change(1, { [first]: null })])
      expect(await place.held(place.id(1))).not.toHaveProperty([first])
      expect(await place.held(place.id(1))).toHaveProperty([second], place.fields[second])
      expect(await place.held(place.id(2))).toHaveProperty([first], place.fields[first])
    })

    it.runIf(sink.clears)('empties a field that is empty already', async () => {
      const [first = ''] = Object.keys(place.fields)
      expect(statesOf(await deliver([change(0, { [first]: null })]))).toEqual({ [place.id(0)]: 'acked' })
    })

    it('sets and clears in one change', async () => {
      const [first = '', second = ''] = Object.keys(place.fields)
      await deliver([change(0)])
      await deliver([change(0, { [first]: null, [second]: place.fields[second] ?? '' })])
      expect(await place.held(place.id(0))).not.toHaveProperty([first])
      expect(await place.held(place.id(0))).toHaveProperty([second], place.fields[second])
    })

    it('rejects an id that the place does not know, and takes every other change of the batch', async ({ skip }) => {
      if (place.unknown === undefined) return skip('the place takes every id')
      const stranger: Change = { op: 'upsert', id: place.unknown, key: 'key-stranger', fields: place.fields }
      const states = statesOf(await deliver([...many(4), stranger, change(9)]))
      expect(states[place.unknown]).toBe('rejected')
      expect(Object.values(states).filter(state => state === 'acked')).toHaveLength(5)
      expect(await place.held(place.id(9))).toMatchObject(place.fields)
    })

    it('answers a delete as it says that it does', async () => {
      await deliver([change(0)])
      const [outcome] = await deliver([{ op: 'delete', id: place.id(0), key: 'key-delete' }])
      expect(outcome?.state).toBe(sink.accepts.includes('delete') ? 'acked' : 'rejected')
    })

    it('reads back what the place holds, and nothing of a stranger', async ({ skip }) => {
      if (sink.read === undefined) return skip('the place cannot answer')
      await deliver(many(3))
      const ids = [place.id(0), place.id(2), place.unread ?? place.unknown ?? 'nobody']
      const held = await sink.read(place.ctx, { connection: place.connection, ids, fields: Object.keys(place.fields) })
      expect(held).toEqual({ [place.id(0)]: place.fields, [place.id(2)]: place.fields })
    })

    it('reads an empty field as null', async ({ skip }) => {
      if (sink.read === undefined) return skip('the place cannot answer')
      const [first = ''] = Object.keys(place.fields)
      await deliver([change(0), change(1)])
      await deliver([change(1, { [first]: null })])
      const request = { connection: place.connection, ids: [place.id(1)], fields: [first] }
      expect(await sink.read?.(place.ctx, request)).toEqual({ [place.id(1)]: { [first]: null } })
    })

    it('shows no token in an outcome or the log', async () => {
      const outcomes = await deliver([...many(2), { op: 'delete', id: place.id(5), key: 'k' }])
      expect(JSON.stringify([outcomes, place.ctx.logged])).not.toContain(token)
    })
  })
}
