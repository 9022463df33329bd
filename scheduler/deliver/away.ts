import { randomUUID } from 'node:crypto'
import { leaseMs } from '../kernel/claim.ts'
import type { Tables } from '../kernel/history.ts'
import { type Holder, isDead, thisProcess } from '../kernel/holder.ts'
import type { State } from '../state/state.ts'

/** What a process finds of Redis, as its connections tell it. */
export interface Health {
  /** True while it is away and one answer would tell that it is back. */
  readonly isAsked: () => boolean
  /** A connection or a command failed. */
  trouble(error: Error): void
  /** Something was answered; `took` where it was something that is kept there. */
  well(how: 'answered' | 'took'): void
}

export interface HealthTerms {
  /** Called once when Redis goes, with the first error. */
  readonly went: (error: Error) => void
  /** Called once when it is back. */
  readonly came: () => void
}

/** A connection that is lost tells so again and again: what is told on is that it is lost, and that it is not. */
export function redisHealth({ went, came }: HealthTerms): Health {
  let away = false
  let refuses = false
  return {
    isAsked: () => away && !refuses,
    trouble(error) {
      refuses ||= refusal.test(error.message)
      if (away) return
      away = true
      went(error)
    },
    well(how) {
      if (!away || (refuses && how === 'answered')) return
      away = refuses = false
      came()
    },
  }
}

/** What answers and keeps nothing is away as well: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const refusal = /^(OOM|MISCONF|READONLY|NOREPLICAS)/

/** A process's own note that it has no Redis. */
export interface AwayNote {
  /** With the reason; undefined where it has one again. */
  set(why: string | undefined): void
  end(): Promise<void>
}

const prefix = 'redis '

/** Keeps in the state store that this process has no Redis, for as long as that is so and the process lives. */
export function awayNote(state: State): AwayNote {
  const name = `${prefix}${randomUUID().slice(0, 8)}`
  let beat: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  const then = (work: () => Promise<unknown>): void => {
    last = last.then(work).catch(() => undefined)
  }
  const set = (why: string | undefined): void => {
    clearInterval(beat)
    beat = undefined
    if (why === undefined) return then(() => forget(state, name))
    then(() => keep(state, { name, why }))
    beat = setInterval(() => then(() => keep(state, { name, why })), leaseMs / 3)
    beat.unref()
  }
  return {
    set,
    async end() {
      if (beat !== undefined) set(undefined)
      await last
    },
  }
}

async function keep(state: State, { name, why }: { readonly name: string; readonly why: string }): Promise<void> {
  const now = await state.now()
  const until = now + leaseMs
  await state.write(async tables => {
    await tables.deleteFrom('lease').where('name', 'like', `${prefix}%`).where('until', '<=', now).execute()
    await tables
      .insertInto('lease')
      .values({ name, holder: JSON.stringify(thisProcess()), command: why, since: now, until })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ until }))
      .execute()
  })
}

const forget = (state: State, name: string): Promise<unknown> =>
  state.write(tables => tables.deleteFrom('lease').where('name', '=', name).execute())

/** Of the living processes of the house that have no Redis how many there are, since when, and what the first of them was told. */
export interface Away {
  readonly processes: number
  readonly since: number
  readonly why: string
}

export async function redisAway(tables: Tables, now: number): Promise<Away | undefined> {
  const rows = await tables
    .selectFrom('lease')
    .selectAll()
    .where('name', 'like', `${prefix}%`)
    .where('until', '>', now)
    .orderBy('since')
    .execute()
  const alive = rows.filter(({ holder }) => !isDead(JSON.parse(holder) as Holder))
  const [first] = alive
  return first === undefined ? undefined : { processes: alive.length, since: first.since, why: first.command }
}
