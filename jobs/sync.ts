import { authorityOf } from '../contracts/contract.ts'
import { Fault } from '../contracts/fault.ts'
import type { Sink } from '../sinks/sink.ts'
import type { Job, Night, Report, Room, Step } from './job.ts'
import { deliverChanges, settleJournal, type Tally } from './sync-deliver.ts'
import { checkBudget, type PlannedChange, planChanges } from './sync-plan.ts'
import { ledgerOf, routesOf, type Syncing, syncingOf } from './syncing.ts'
import type { Sync } from './syncs/sync.ts'

/** Pushes what the warehouse decides back to where it is used: only changes, and one receipt for each record. */
export const sync: Job = {
  name: 'sync',
  async steps(night: Night): Promise<readonly Step[]> {
    const checked = night.before.filter(step => step.job === 'reconcile' || step.job === 'drift').map(step => step.id)
    return routesOf(night).map(({ sync: each, route }) => ({
      id: `sync ${each.name} ${route.to}`,
      job: 'sync',
      args: { sync: each.name, from: route.from, to: route.to },
      after: [...night.before.filter(step => step.writes.includes(each.model)).map(step => step.id), ...checked],
      writes: [ledgerOf(each, route)],
      pool: route.to,
      risk: each.risk,
    }))
  },
  async run(room: Room, step: Step): Promise<Report> {
    const syncing = syncingOf(room, step)
    checkOwnership(syncing.sync, syncing.sink)
    if (!room.environment.delivers)
      return {
        counts: { planned: (await room.warehouse(warehouse => planChanges(warehouse, syncing))).changes.length },
        notes: [
          `${syncing.sync.name}: the environment ${room.environment.name} does not deliver; the changes were planned only`,
        ],
      }
    await checkAccount(syncing)
    await settleJournal(syncing)
    const plan = await room.warehouse(warehouse => planChanges(warehouse, syncing))
    checkBudget(syncing.sync, plan)
    const tally = await deliverChanges(syncing, plan.changes)
    return reportOf(syncing.sync, plan.changes, tally)
  },
}

/** A Fault unless every mapped column is decided by the warehouse: no sync overwrites what another system owns. */
export function checkOwnership({ name, contract, fields }: Sync, sink: Pick<Sink, 'name'>): void {
  for (const column of Object.keys(fields)) {
    const authority = column in contract.row ? authorityOf(contract, column) : undefined
    if (authority !== 'warehouse')
      throw new Fault({
        what:
          authority === undefined
            ? `${contract.name} has no column ${column}`
            : `${column} of ${contract.name} is decided by ${authority}, not by the warehouse`,
        where: `sync ${name} to ${sink.name}`,
        hint: 'Map only columns whose authority is the warehouse; nothing was sent.',
        retry: 'never',
      })
  }
}

/** A Fault where the outside answers with another account than the connection's: nothing is sent to a stranger. */
async function checkAccount({ room, sink, connection }: Syncing): Promise<void> {
  const promised = room.secret(connection.account)
  const { account } = await sink.check(room, connection)
  if (account === promised) return
  throw new Fault({
    what: `the outside says that it is the account ${account}, and the connection is for ${promised}`,
    where: `connection ${connection.name}`,
    hint: 'Correct the endpoint, the secret or the account in boomerang.config.ts; nothing was sent.',
    retry: 'never',
  })
}

function reportOf({ name }: Sync, changes: readonly PlannedChange[], tally: Tally): Report {
  const { acked, rejected, deferred, unknown } = tally
  if (acked + rejected + deferred + unknown !== changes.length)
    throw new Fault({
      what: `${changes.length} changes were planned, and ${acked + rejected + deferred + unknown} have an outcome`,
      where: `sync ${name}`,
      hint: 'Run again: the journal knows what was sent, and nothing is sent twice with another key.',
      retry: 'later',
    })
  const left = rejected + deferred + unknown
  return {
    counts: { planned: changes.length, sent: acked + rejected + unknown, acked, refused: rejected, deferred, unknown },
    ...(left === 0
      ? {}
      : {
          notes: [`${name}: ${rejected} refused, ${deferred} deferred, ${unknown} unknown; see ops.receipts for each`],
        }),
  }
}
