import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { State } from '../../scheduler/state/state.ts'

/** Where a state store lies that several processes could open. */
export interface StatePlace {
  open(): Promise<State>
  remove(): Promise<void>
}

/** What every state store promises, whatever it is kept in. */
export function stateSuite(name: string, newPlace: () => Promise<StatePlace>): void {
  describe(name, () => {
    let place: StatePlace
    let state: State
    beforeEach(async () => {
      place = await newPlace()
      state = await place.open()
    })
    afterEach(async () => {
      await state.close()
      await place.remove()
    })

    test('what was written stands when the store is opened again', async () => {
      await put(state, 'kept', '1')
      await state.close()
      state = await place.open()
      expect(await get(state, 'kept')).toBe('1')
    })

    test('a transaction that fails leaves nothing behind, and the next one works', async () => {
      const broken = state.write(async tables => {
        await tables.insertInto('meta').values({ key: 'half', value: '1' }).execute()
        throw new Error('halfway')
      })
      await expect(broken).rejects.toThrow('halfway')
      expect(await get(state, 'half')).toBeUndefined()
      await put(state, 'whole', '1')
      expect(await get(state, 'whole')).toBe('1')
    })

    test('an unfinished transaction is not seen by another process', async () => {
      const other = await place.open()
      await state.write(async tables => {
        await tables.insertInto('meta').values({ key: 'soon', value: '1' }).execute()
        expect(await get(other, 'soon')).toBeUndefined()
      })
      expect(await get(other, 'soon')).toBe('1')
      await other.close()
    })

    test('two that read and then write do not lose one another’s change', async () => {
      const count = (): Promise<void> =>
        state.write(async tables => {
          const row = await tables.selectFrom('counter').select('value').where('name', '=', 'token').executeTakeFirst()
          await tables
            .updateTable('counter')
            .set({ value: (row?.value ?? 0) + 1 })
            .where('name', '=', 'token')
            .execute()
        })
      await Promise.all(Array.from({ length: 50 }, count))
      const row = await state.read.selectFrom('counter').select('value').where('name', '=', 'token').executeTakeFirst()
      expect(row?.value).toBe(50)
    })
  })
}

const put = (state: State, key: string, value: string): Promise<void> =>
  state.write(async tables => void (await tables.insertInto('meta').values({ key, value }).execute()))

const get = async (state: State, key: string): Promise<string | undefined> =>
  (await state.read.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst())?.value
