import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Connection } from '../../contracts/connection.ts'
import { toFault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { contextOf } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { grouped } from './render.ts'
import { table } from './table.ts'

interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly what: string
  readonly says: string
}

/** Looks at everything that a night needs, changes nothing, and says what to do about what is wrong. */
export async function doctor(office: Office, catalogue: Catalogue): Promise<number> {
  const findings: Finding[] = [
    { verdict: 'ok', what: 'Node', says: process.version },
    {
      verdict: 'ok',
      what: 'project',
      says: `${office.environment.connections.length} connections in ${office.environment.name}`,
    },
    await looked('state', async () => `${office.environment.state}`),
    await looked('warehouse', () =>
      office.lane.use(
        async warehouse =>
          `${(await warehouse.query({ sql: 'select count(*) as loads from ops.loads' }))[0]?.loads} units applied, house id agrees`,
      ),
    ),
    diskSpace(dirname(office.environment.warehouse.path)),
  ]
  for (const connection of office.environment.connections)
    findings.push(await looked(`connection ${connection.name}`, () => accountOf(office, catalogue, connection)))
  findings.push(await lastRun(office))
  process.stdout.write(`${table(findings.map(({ verdict, what, says }) => [verdict, what, says]))}\n`)
  return findings.some(({ verdict }) => verdict === 'fail') ? exitCodes.failed.code : exitCodes.ok.code
}

async function looked(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { verdict: 'ok', what, says: await look() }
  } catch (error) {
    const fault = toFault(error, what)
    return { verdict: 'fail', what, says: `${fault.what} (${fault.where}). ${fault.hint}` }
  }
}

async function accountOf({ outside }: Office, catalogue: Catalogue, connection: Connection): Promise<string> {
  const promised = outside.secret(connection.account)
  const speaker =
    catalogue.sources.find(({ name }) => name === connection.system) ??
    catalogue.sinks.find(({ name }) => name.startsWith(`${connection.system}.`))
  if (speaker === undefined) throw new Error(`nothing in the catalogue speaks ${connection.system}`)
  const resume = { get: async () => undefined, set: async () => undefined }
  const { account } = await speaker.check(
    contextOf(outside, { resume, signal: AbortSignal.timeout(20_000) }),
    connection,
  )
  if (account !== promised)
    throw new Error(`the outside says that it is the account ${account}, and the connection is for ${promised}`)
  return `answers as ${account}`
}

const enough = 2 * 1024 ** 3

function diskSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  return {
    verdict: free < enough ? 'warn' : 'ok',
    what: 'disk',
    says: `${grouped(free / 1024 ** 2)} MB free at ${folder}${free < enough ? '; landings and the warehouse grow there' : ''}`,
  }
}

async function lastRun({ state }: Office): Promise<Finding> {
  const last = await state.read.selectFrom('run').selectAll().orderBy('slot', 'desc').executeTakeFirst()
  const says =
    last === undefined ? 'none yet' : `${last.id}, ${last.state}${last.state === 'done' ? '' : '; next: boomerang run'}`
  return { verdict: last === undefined || last.state === 'done' ? 'ok' : 'warn', what: 'last run', says }
}
