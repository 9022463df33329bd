import type { Mutant } from './mutant.ts'

const claimable = 'test/scheduler/kernel/claimable.test.ts'
const backups = 'test/scheduler/backup.test.ts'

/** Guards of backfills, copies and older stores. */
export const careMutants: readonly Mutant[] = [
  {
    name: 'steps of backfills work as many at a time as like',
    file: 'scheduler/kernel/claim.ts',
    from: 'const sharesLane = givesWay && isInLowerLane(other)',
    to: 'const sharesLane = false',
    test: claimable,
    only: 'one step at a time',
  },
  {
    name: 'a backfill goes by risk, before graver steps of a night',
    file: 'scheduler/kernel/graph.ts',
    from: `kind === 'backfill' ? new Map`,
    to: 'steps.length === 0 ? new Map',
    test: claimable,
    only: 'behind everything else',
  },
  {
    name: 'a backfill keeps the pool that a night needs',
    file: 'scheduler/worker.ts',
    from: 'for (const pool of wanted) giving.get(pool)?.abort()',
    to: '',
    test: 'test/scheduler/worker.test.ts',
    only: 'gives its pool back',
  },
  {
    name: 'a backfill closes intervals, and tells how far the nights are',
    file: 'jobs/load.ts',
    from: 'again === undefined && asked.asked === undefined',
    to: 'again === undefined',
    test: 'test/jobs/backfill.test.ts',
    only: 'closes no interval',
  },
  {
    name: 'a new state store takes what was asked for once more for a night',
    file: 'scheduler/house.ts',
    from: ' and asked is null',
    to: '',
    test: 'test/scheduler/house.test.ts',
    only: 'asked for once more',
  },
  {
    name: 'a landing that was asked for today is forgotten as old',
    file: 'jobs/landings.ts',
    from: '(interval.asked ?? interval.to) >= before',
    to: 'interval.to >= before',
    test: 'test/jobs/landings.test.ts',
    only: 'a place of their own',
  },
  {
    name: 'a store of an older boomerang is changed by whoever opens it',
    file: 'scheduler/state/migrate.ts',
    from: `if (standing > 0 && older === 'refuse') throw outdated(standing, migrations.length)`,
    to: '',
    test: backups,
    only: 'is refused, left, or brought up to date',
  },
  {
    name: 'a backup is restored without being held to its checksums',
    file: 'scheduler/backup/backup.ts',
    from: 'found.bytes !== said.bytes || found.sha256 !== said.sha256',
    to: 'found.bytes < 0',
    test: backups,
    only: 'takes no backup that was changed',
  },
  {
    name: 'a house is replaced under somebody who works',
    file: 'scheduler/backup/restore.ts',
    from: `if (busy !== undefined) throw stillWorks(busy, 'restore')`,
    to: '',
    test: backups,
    only: 'under somebody who works',
  },
  {
    name: 'wakes are kept for a Redis that is away',
    file: 'scheduler/deliver/bullmq.ts',
    from: 'enableOfflineQueue: false',
    to: 'enableOfflineQueue: true',
    test: 'test/scheduler/deliver/bullmq.test.ts',
    only: 'while Redis is away',
  },
  {
    name: 'the house stands still while Redis is away',
    file: 'scheduler/deliver/bullmq.ts',
    from: '          alone.offer(some)',
    to: '',
    test: 'test/scheduler/deliver/bullmq.test.ts',
    only: 'while Redis is away',
  },
  {
    name: 'the pid of another container is taken for one of here',
    file: 'scheduler/kernel/holder.ts',
    from: ' || holder.space !== self.space',
    to: '',
    test: 'test/scheduler/kernel/holder.test.ts',
    only: 'another container',
  },
]
