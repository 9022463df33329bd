import { hostname, userInfo } from 'node:os'
import { Fault } from '../../contracts/fault.ts'
import type { State } from '../state/state.ts'
import type { Alert, Deed, Mute } from './alert.ts'
import { openAlerts } from './book.ts'

export const thisPerson = (): string => `${userInfo().username} on ${hostname()}`

const byHand = async (state: State, why: string): Promise<Deed> => ({
  who: thisPerson(),
  why,
  at: await state.now(),
})

/** The open alert of that id, or the only one whose id begins so. */
async function openAlert({ read }: State, named: string): Promise<Alert> {
  const found = (await openAlerts(read)).filter(({ id }) => named !== '' && id.startsWith(named))
  const [alert, ...more] = found
  if (alert !== undefined && more.length === 0) return alert
  throw new Fault({
    what:
      alert === undefined
        ? `there is no open alert ${named}`
        : `${named} may be ${found.map(({ id }) => id).join(' or ')}`,
    where: 'the state store',
    hint: '`boomerang alerts` lists them.',
    retry: 'never',
  })
}

/** Remembers who works on an alert: nobody is reminded of it, and that it is over is still told. */
export async function acknowledge(state: State, named: string, why: string): Promise<Alert> {
  const alert = await openAlert(state, named)
  const acked = await byHand(state, why)
  await state.write(tables =>
    tables
      .updateTable('alert')
      .set({ acked: JSON.stringify(acked) })
      .where('id', '=', alert.id)
      .execute(),
  )
  return { ...alert, acked }
}

export interface Muting {
  readonly name: string
  /** Milliseconds. */
  readonly forMs: number
  readonly why: string
}

/** Nobody is told of what bears the name until then; what is told already, and is over, is still said to be over. */
export async function mute(state: State, { name, forMs, why }: Muting): Promise<Mute> {
  const deed = await byHand(state, why)
  const made = { ...deed, name, until: deed.at + forMs }
  await state.write(tables =>
    tables
      .insertInto('mute')
      .values(made)
      .onConflict(conflict => conflict.column('name').doUpdateSet(made))
      .execute(),
  )
  return made
}

/** False where it was not muted. */
export async function unmute(state: State, name: string): Promise<boolean> {
  const { numDeletedRows } = await state.write(tables =>
    tables.deleteFrom('mute').where('name', '=', name).executeTakeFirstOrThrow(),
  )
  return numDeletedRows > 0n
}
