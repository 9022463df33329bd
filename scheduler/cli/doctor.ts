import { accessSync, constants, existsSync, readdirSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Connection } from '../../contracts/connection.ts'
import { Fault } from '../../contracts/fault.ts'
import { openArchive } from '../../jobs/archive.ts'
import { modelsOf } from '../../jobs/build.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { placesToReach } from '../alerts/tell.ts'
import { namedRedis } from '../deliver/open.ts'
import { exitCodes } from '../exit-codes.ts'
import { houseOf } from '../house.ts'
import { newestNight } from '../kernel/run.ts'
import { nextOfFailed, nightsOf } from '../next.ts'
import { type Office, openOffice, visitorOf } from '../office.ts'
import type { Site } from '../site.ts'
import type { State } from '../state/state.ts'
import { slackMs } from './clock-slack.ts'
import { type Finding, findingRows, found, type Says } from './look.ts'
import { nextText } from './render.ts'
import { counted, grouped, minute, table } from './table.ts'

type Look = readonly [what: string, look: () => Promise<Says>]

/**
 * Looks at everything that a night needs, mends nothing, and says what to do about what is wrong. Where the state store cannot be used it looks at the
 * rest.
 */
export async function doctor(site: Site, catalogue: Catalogue): Promise<number> {
  const { project, environment } = site
  const terms = { root: project.root, environment: environment.name, command: 'doctor' }
  const opened = await openOffice(terms).then(
    (office): Opened => ({ ...office, office }),
    (why: unknown): Opened => ({ ...site, office: undefined, why }),
  )
  const findings: Finding[] = []
  try {
    for (const [what, look] of looksAt(opened, catalogue)) findings.push(await found(opened, what, look))
  } finally {
    await opened.office?.close()
  }
  process.stdout.write(`${table(findingRows(findings))}\n`)
  return findings.some(({ verdict }) => verdict === 'fail') ? exitCodes.failed.code : exitCodes.ok.code
}

/** A site, and its office, or why there is none. */
interface Opened extends Site {
  readonly office: Office | undefined
  readonly why?: unknown
}

function looksAt(opened: Opened, catalogue: Catalogue): readonly Look[] {
  const { project, environment, office, why } = opened
  const inOffice = (look: (office: Office) => Promise<Says>) => async (): Promise<Says> =>
    office !== undefined ? look(office) : { lacks: 'not looked at: the state store cannot be used' }
  return [
    ['node', async () => process.version],
    [
      'project',
      async () => `environment ${environment.name}, ${counted(environment.connections.length, 'connection')}`,
    ],
    ['models', async () => counted((await modelsOf({ project, environment, catalogue }, 'now')).length, 'model')],
    ['clock', () => clockSays(opened)],
    ['state', () => office?.state.check() ?? Promise.reject(why)],
    ...(environment.redis === undefined ? [] : [['redis', () => redisLook(opened)] as const]),
    ['warehouse', inOffice(warehouseSays)],
    ['landing', () => landingSays(opened)],
    ['disk', async () => diskSays(dirname(environment.warehouse.path))],
    ...environment.connections.map(
      connection => [`connection ${connection.name}`, () => accountSays(opened, catalogue, connection)] as const,
    ),
    ...placesToReach(opened).map(
      ([name, look]) => [name, () => look().then(() => 'can be reached; nothing was sent')] as const,
    ),
    ['last run', inOffice(lastRunSays)],
  ]
}

async function warehouseSays({ lane, state }: Office): Promise<Says> {
  const loads = await lane.use(async warehouse => {
    const [row] = await warehouse.query({ sql: `select count(*) as loads from ops.loads where state = 'applied'` })
    return Number(row?.loads)
  })
  return `${counted(loads, 'load')} applied, house ${await houseOf(state)}`
}

async function redisLook(opened: Opened): Promise<Says> {
  const place = namedRedis(opened)
  const { redisSays } = await import('./redis-look.ts')
  return place === undefined ? 'none' : redisSays(place, storeClock(opened))
}

/** By which leases are measured; this machine's where the store is away. */
const storeClock = ({ office }: Opened): Pick<State, 'now'> => office?.state ?? { now: async () => Date.now() }

/** Leases are measured by the store's clock, nights by this machine's: they should be one. */
async function clockSays(opened: Opened): Promise<Says> {
  const { outside, environment } = opened
  const says = `${minute(outside.now().toISOString())}Z`
  const aheadMs = Date.now() - (await storeClock(opened).now())
  if (environment.clock !== undefined || Math.abs(aheadMs) < slackMs) return says
  return {
    warns: `${says}, ${Math.round(aheadMs / 1000)} s off the clock of the state store. Next: let both machines follow one time server`,
  }
}

const enough = 2 * 1024 ** 3

function diskSays(folder: string): Says {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const says = `${grouped(free / 1024 ** 2)} MB free at ${folder}`
  return free < enough ? { warns: `${says}. Next: make room; landings and the warehouse grow there` } : says
}

async function accountSays(office: Site, catalogue: Catalogue, connection: Connection): Promise<Says> {
  const promised = office.outside.secret(connection.account)
  const speaker =
    catalogue.sources.find(({ name }) => name === connection.system) ??
    catalogue.sinks.find(({ name }) => name === connection.system || name.startsWith(`${connection.system}.`))
  if (speaker === undefined)
    throw new Fault({
      what: `nothing in the catalogue speaks to ${connection.system}`,
      where: 'boomerang.config.ts',
      hint: 'Correct the system of the connection, or add its source to the catalogue.',
      retry: 'never',
    })
  const ctx = visitorOf(office, 'doctor', patienceMs)
  const { account } = await speaker.check(ctx, connection).catch(error => {
    throw ctx.signal.aborted ? silent(`connection ${connection.name}`) : error
  })
  if (account === promised) return `answers as ${account}`
  throw new Fault({
    what: `the outside says that it is the account ${account}, and the connection is for ${promised}`,
    where: `connection ${connection.name}`,
    hint: 'Correct the account, or the endpoint and the secrets.',
    retry: 'never',
  })
}

async function landingSays(office: Site): Promise<Says> {
  const { environment } = office
  const ctx = visitorOf(office, 'doctor', patienceMs)
  const archive = await openArchive(ctx, environment)
  accessible(environment.landing)
  if (archive === undefined) return environment.landing
  await archive.list('none').catch(error => {
    throw ctx.signal.aborted ? silent(archive.where) : error
  })
  return `${archive.where} can be listed; worked on in ${environment.landing}`
}

/** An error of the system unless it, or the nearest above it that stands, is a folder that may be written. */
function accessible(folder: string): void {
  if (!existsSync(folder)) return accessible(dirname(folder))
  readdirSync(folder)
  accessSync(folder, constants.W_OK)
}

/** How long one account may take to answer, in milliseconds. */
const patienceMs = 20_000

const silent = (where: string): Fault =>
  new Fault({
    what: `it did not answer within ${patienceMs / 1000} seconds`,
    where,
    hint: 'See that its endpoint is right and reachable from this machine, and ask again.',
    retry: 'later',
  })

async function lastRunSays({ state, project, outside }: Office): Promise<Says> {
  const last = await newestNight(state)
  if (last === undefined) return 'none yet'
  if (last.state === 'done') return `${last.id}, done`
  const nights = await nightsOf({ state, schedule: project.schedule, now: outside.now() })
  if (nights.isWorkedOn) return `${last.id}, is being worked on`
  const stuck = last.state === 'running' ? 'was left unfinished' : last.state
  return { warns: `${last.id}, ${stuck}. Next: ${nextText(nextOfFailed(last, nights))}` }
}
