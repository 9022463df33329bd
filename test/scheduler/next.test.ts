import { expect, test } from 'vitest'
import { type Nights, nextOfFailed, nextOfNights } from '../../scheduler/next.ts'

const [before, due] = ['2026-06-29T02:00:00.000000Z', '2026-06-30T02:00:00.000000Z'] as const
const night = (state: 'done' | 'failed' | 'cancelled' | 'running' | 'superseded', slot: string = due) =>
  ({ id: `night-${slot.slice(8, 10)}`, kind: 'night', slot, state }) as const
const nights = (newest: Nights['newest'], more: Partial<Nights> = {}): Nights => ({
  newest,
  due,
  isPaused: false,
  isWorkedOn: false,
  ...more,
})

test.each([
  ['none was ever begun', nights(undefined), 'boomerang run'],
  ['the newest is done and another is due', nights(night('done', before)), 'boomerang run'],
  ['the newest failed and another is due', nights(night('failed', before)), 'boomerang run'],
  ['the newest was left unfinished and another is due', nights(night('running', before)), 'boomerang run'],
  ['the one that is due was left unfinished', nights(night('running')), 'boomerang run'],
  ['the one that is due failed', nights(night('failed')), 'boomerang retry night-30'],
  ['the one that is due was cancelled', nights(night('cancelled')), 'boomerang retry night-30'],
  ['a process works on it', nights(night('running'), { isWorkedOn: true }), 'boomerang status --why'],
  ['the one that is due is done', nights(night('done')), undefined],
  [
    'none may be begun, and the newest failed',
    nights(night('failed', before), { isPaused: true }),
    'boomerang retry night-29',
  ],
  [
    'none may be begun, and the newest was left',
    nights(night('running'), { isPaused: true }),
    'boomerang retry night-30',
  ],
  ['none may be begun, and one is due', nights(night('done', before), { isPaused: true }), 'boomerang schedule resume'],
] as const)('where %s one command is named', (_, stand, command) => {
  expect(nextOfNights(stand)?.command).toBe(command)
})

const replay = { id: 'replay-1', kind: 'replay', slot: 'orders north', state: 'failed' } as const

test.each([
  ['a replay', replay, nights(night('done', before)), 'boomerang retry replay-1'],
  ['the night that is due', night('failed'), nights(night('failed')), 'boomerang retry night-30'],
  [
    'a night that still works',
    night('running', before),
    nights(night('running', before), { isWorkedOn: true }),
    'boomerang retry night-29',
  ],
  ['a night that was left unfinished', night('running'), nights(night('running')), 'boomerang run'],
  ['a night before the one that is due', night('failed', before), nights(night('failed', before)), 'boomerang run'],
  [
    'a night that another took over, which failed',
    night('superseded', before),
    nights(night('failed')),
    'boomerang retry night-30',
  ],
  [
    'a night that another took over, which works',
    night('superseded', before),
    nights(night('running'), { isWorkedOn: true }),
    'boomerang status --why',
  ],
  [
    'a night that another took over, which is done',
    night('superseded', before),
    nights(night('done')),
    'boomerang status',
  ],
] as const)('a failure of %s is mended by one command', (_, run, stand, command) => {
  expect(nextOfFailed(run, stand).command).toBe(command)
})
