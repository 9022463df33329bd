import type { AlertRoute, Connection, Environment, Project, Risk } from '../../../contracts/connection.ts'
import { Fault, type FaultFacts } from '../../../contracts/fault.ts'
import type { Catalogue, Report, Step } from '../../../jobs/job.ts'
import type { SourceObject } from '../../../jobs/sources/source.ts'
import type { Alert } from '../../../scheduler/alerts/alert.ts'
import { openAlerts } from '../../../scheduler/alerts/book.ts'
import { look } from '../../../scheduler/alerts/look.ts'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { finish, fail as settleFailed } from '../../../scheduler/kernel/settle.ts'
import { emptyCatalogue } from '../../jobs/room.ts'
import { claimed, type Place, step } from '../fixture.ts'
import { toySettings } from '../toy/project.ts'

export const slot = (day: string): string => `2026-06-${day}T02:00:00.000000Z`

export interface HouseTerms {
  readonly alerts?: readonly AlertRoute[]
  readonly alive?: string
  /** Owners by connection. */
  readonly owners?: Readonly<Record<string, string>>
  /** Pipelines of every connection, with how often each is read. */
  readonly objects?: readonly Pick<SourceObject, 'name' | 'every'>[]
}

/** A state store in which nights happen step by step, and in which one may look. */
export interface House {
  readonly environment: Environment
  night(day: string, steps: readonly Step[]): Promise<string>
  done(run: string, id: string, report?: Report): Promise<void>
  failed(run: string, id: string, facts?: Partial<FaultFacts>): Promise<void>
  /** By a clock of the environment that says so. */
  look(now?: string): Promise<readonly Alert[]>
  open(): Promise<readonly Alert[]>
}

/** A step of a connection, as jobs plan them. */
export const stepOf = (job: string, pipeline: string, connection: string, more: Partial<Step> = {}): Step =>
  step(`${job} ${pipeline} ${connection}`, { job, args: { pipeline, connection }, ...more })

export const checking = (check: string, connection: string, risk: Risk = 'financial'): Step =>
  step(`reconcile ${check} ${connection}`, { job: 'reconcile', args: { check, connection }, risk })

export function houseIn(
  { state }: Pick<Place, 'state'>,
  { alerts, alive, owners = {}, objects = [] }: HouseTerms = {},
): House {
  const connections = ['north', 'south'].map(
    (name): Connection => ({
      ...toySettings.connections.north,
      name,
      secrets: {},
      since: '2026-06-01T00:00:00.000000Z',
      owner: owners[name],
    }),
  )
  const environment = {
    name: 'toy',
    connections,
    ...(alerts === undefined ? {} : { alerts }),
    ...(alive === undefined ? {} : { alive }),
  } as unknown as Environment
  const project: Project = {
    root: '',
    schedule: { cron: '0 2 * * *', timeZone: 'UTC', catchUp: 'latest' },
    targets: ['duckdb'],
    environments: [],
  }
  const source = {
    name: 'toy',
    objects: objects.map(object => ({ ...object, claims: [{ contract: { risk: 'operational' } }] })),
  }
  const catalogue = { ...emptyCatalogue, sources: [source] } as unknown as Catalogue
  const house: House = {
    environment,
    async night(day, steps) {
      const run = `night-${day}`
      await createRun(state, { run, slot: slot(day), steps, supersedes: true }, Date.now())
      return run
    },
    async done(run, id, report = { counts: {} }) {
      await finish(state, await claimed(state, id, { run, now: Date.now() }), report, Date.now())
    },
    async failed(run, id, facts = {}) {
      const fault = new Fault({ what: 'the shop is closed', where: id, hint: 'Open it.', retry: 'never', ...facts })
      await settleFailed(state, await claimed(state, id, { run, now: Date.now() }), fault, {
        now: Date.now(),
        random: 0,
      })
    },
    async look(now = '2026-06-30T03:00:00Z') {
      await look({ state, project, environment, catalogue, now: new Date(now) })
      return house.open()
    },
    open: () => openAlerts(state.read),
  }
  return house
}
