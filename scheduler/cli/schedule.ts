import { exitCodes } from '../exit-codes.ts'
import { newestNight } from '../kernel/run.ts'
import type { Office } from '../office.ts'
import { type Pause, pause, pauseOf, resume } from '../planner/pause.ts'
import { nextSlot } from '../planner/slots.ts'
import { minute, minuteOf } from './table.ts'

export interface PauseOptions {
  readonly why: string
}

const shown = 5

/** When nights end, by which policy those that were missed are made up for, and whether any is begun. */
export async function scheduleList({ project, state, outside }: Office): Promise<number> {
  const { schedule } = project
  const newest = await newestNight(state)
  const slots: string[] = []
  for (let at = outside.now(); slots.length < shown; at = new Date(slots.at(-1) ?? '')) {
    const next = nextSlot(schedule, at)
    if (next === undefined) break
    slots.push(`${minute(next)}Z`)
  }
  const paused = await pauseOf(state)
  say(
    [
      `schedule   ${schedule.cron} (${schedule.timeZone}), missed nights: ${schedule.catchUp}`,
      `last       ${newest === undefined ? 'none yet' : `${minute(newest.slot)}Z, ${newest.state}`}`,
      `next       ${slots.join(', ') || 'never'}`,
      ...(paused === undefined ? [] : [pausedText(paused)]),
    ].join('\n'),
  )
  return exitCodes.ok.code
}

export async function schedulePause({ state }: Office, { why }: PauseOptions): Promise<number> {
  say(pausedText(await pause(state, why)))
  return exitCodes.ok.code
}

export async function scheduleResume({ state }: Office): Promise<number> {
  const paused = await pauseOf(state)
  await resume(state)
  say(paused === undefined ? 'It was not paused.' : 'Nights are begun again, as the schedule says.')
  return exitCodes.ok.code
}

export const pausedText = ({ by, at, why }: Pause): string =>
  `Paused since ${minuteOf(at)}Z by ${by}${why === '' ? '' : `: ${why}`}. No night is begun until \`boomerang schedule resume\`.`

const say = (text: string): void => void process.stdout.write(`${text}\n`)
