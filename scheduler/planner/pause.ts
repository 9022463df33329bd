import { hostname, userInfo } from 'node:os'
import { z } from 'zod'
import type { State } from '../state/state.ts'

const paused = z.object({ by: z.string(), why: z.string(), at: z.number() })

/** Who has stopped the nights from being begun, why, and when, in milliseconds of the store's clock. */
export type Pause = z.infer<typeof paused>

const key = 'paused'

/** Undefined where nights are begun as the schedule says. */
export async function pauseOf({ read }: Pick<State, 'read'>): Promise<Pause | undefined> {
  const row = await read.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
  return row === undefined ? undefined : paused.parse(JSON.parse(row.value))
}

/** No night is begun from now on; what works goes on. */
export async function pause(state: State, why: string): Promise<Pause> {
  const found: Pause = { by: `${userInfo().username} on ${hostname()}`, why, at: await state.now() }
  const value = JSON.stringify(found)
  await state.write(tables =>
    tables
      .insertInto('meta')
      .values({ key, value })
      .onConflict(conflict => conflict.column('key').doUpdateSet({ value }))
      .execute(),
  )
  return found
}

export async function resume(state: State): Promise<void> {
  await state.write(tables => tables.deleteFrom('meta').where('key', '=', key).execute())
}
