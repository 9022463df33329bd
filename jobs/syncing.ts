import type { Connection } from '../contracts/connection.ts'
import { Fault } from '../contracts/fault.ts'
import type { Sink } from '../sinks/sink.ts'
import type { Night, Room, Step } from './job.ts'
import type { JournalScope } from './journal.ts'
import type { Route, Sync } from './syncs/sync.ts'

interface SyncArgs {
  readonly sync: string
  readonly from: string
  readonly to: string
}

/** The part of the ledger that one sync and connection writes: a fence of its own, so that two syncs do not wait for each other. */
export const ledgerOf = ({ name }: Sync, { to }: Route): string => `ops."ledger ${name} ${to}"`

/** Everything that one step of a sync works with. */
export interface Syncing {
  readonly room: Room
  readonly step: Step
  readonly sync: Sync
  readonly sink: Sink
  readonly route: Route
  readonly connection: Connection
  readonly scope: JournalScope
}

export const routesOf = ({
  catalogue,
  environment,
}: Pick<Night, 'catalogue' | 'environment'>): readonly { readonly sync: Sync; readonly route: Route }[] =>
  catalogue.syncs.flatMap(each => each.route(environment.connections).map(route => ({ sync: each, route })))

export function syncingOf(room: Room, step: Step): Syncing {
  const args = step.args as unknown as SyncArgs
  const found = routesOf(room).find(
    ({ sync: each, route }) => each.name === args.sync && route.from === args.from && route.to === args.to,
  )
  const sink = room.catalogue.sinks.find(each => each.name === found?.sync.sink)
  const connection = room.environment.connections.find(each => each.name === args.to)
  if (found === undefined || sink === undefined || connection === undefined)
    throw new Fault({
      what: `the project no longer has the sync ${args.sync} from ${args.from} to ${args.to}, or its sink`,
      where: step.id,
      hint: 'Run again: the night is then planned anew, as the project is now.',
      retry: 'never',
    })
  return { room, step, sink, connection, ...found, scope: { sync: args.sync, connection: args.to } }
}
