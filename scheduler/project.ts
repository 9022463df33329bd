import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { quote } from '../contracts/admission.ts'
import type { Connection, Environment, Place, Project } from '../contracts/connection.ts'
import { Fault } from '../contracts/fault.ts'
import {
  type ConnectionTerms,
  type EnvironmentTerms,
  type ProjectTerms,
  projectProblems,
  projectShape,
  type VariableTerms,
} from './terms.ts'

/** Types a project's settings where they are written. */
export const defineProject = (terms: ProjectTerms): ProjectTerms => terms

const file = 'boomerang.config.ts'

/** Reads and checks `boomerang.config.ts` in `root`; a Fault names every setting that is wrong, and what is allowed. */
export async function readProject(root: string): Promise<Project> {
  const path = join(root, file)
  if (!existsSync(path))
    throw new Fault({
      what: `there is no ${file}`,
      where: root,
      hint: 'Run boomerang in the folder of a project, or make one with defineProject.',
      retry: 'never',
    })
  const { config } = await imported(path)
  if (config === undefined)
    throw wrong(['it exports no config; it should say: export const config = defineProject({ … })'])
  return checkProject(root, config)
}

async function imported(path: string): Promise<{ readonly config?: unknown }> {
  try {
    return (await import(pathToFileURL(path).href)) as { readonly config?: unknown }
  } catch (error) {
    throw wrong([`it cannot be read: ${(error as Error).message}`])
  }
}

/** The project that the settings describe; relative paths lie in `root`. */
export function checkProject(root: string, config: unknown): Project {
  const parsed = projectShape.safeParse(config)
  if (!parsed.success) throw wrong(projectProblems(parsed.error))
  const { connections, environments, schedule, variables, targets } = parsed.data
  const all = new Map(Object.entries(connections).map(([name, terms]) => [name, connectionOf(name, terms)]))
  const named = Object.entries(environments).map(([name, terms]) =>
    environmentOf(root, { name, terms, all, variables }),
  )
  const delivering = named.filter(({ delivers }) => delivers).map(({ name }) => name)
  if (delivering.length > 1)
    throw wrong([`environments: ${delivering.join(' and ')} both deliver; only one may write outside`])
  if (named.length === 0) throw wrong(['environments: none is named'])
  return { root, schedule, targets, environments: named }
}

const connectionOf = (name: string, terms: ConnectionTerms): Connection => ({
  name,
  ...terms,
  since: terms.since.replace(/(\.\d+)?Z$/, (_, digits: string | undefined) => `${(digits ?? '.').padEnd(7, '0')}Z`),
})

interface Named {
  readonly name: string
  readonly terms: EnvironmentTerms
  readonly all: ReadonlyMap<string, Connection>
  readonly variables: Readonly<Record<string, VariableTerms>>
}

function environmentOf(root: string, { name, terms, all, variables }: Named): Environment {
  const under = (path: string): string => (isAbsolute(path) ? path : join(root, path))
  const connections = (terms.connections ?? [...all.keys()]).map(each => {
    const found = all.get(each)
    if (found !== undefined) return found
    throw wrong([
      `environments.${name}.connections: ${each} is not a connection; there are ${[...all.keys()].join(', ')}`,
    ])
  })
  return {
    name,
    delivers: terms.delivers,
    connections,
    warehouse: { ...terms.warehouse, path: under(terms.warehouse.path) },
    variables: variablesOf(name, variables, terms.variables),
    landing: under(terms.landing),
    ...(terms.bucket === undefined ? {} : { bucket: terms.bucket }),
    ...(terms.keepDays === undefined ? {} : { keepDays: terms.keepDays }),
    state: stateOf(terms.state, under),
    ...(terms.redis === undefined ? {} : { redis: placeOf(terms.redis) }),
    ...(terms.traces === undefined ? {} : { traces: terms.traces }),
    ...(terms.clock === undefined ? {} : { clock: terms.clock }),
    ...(terms.alerts === undefined ? {} : { alerts: terms.alerts }),
    ...(terms.alive === undefined ? {} : { alive: terms.alive }),
    ...(terms.lateAfterMinutes === undefined ? {} : { lateAfterMinutes: terms.lateAfterMinutes }),
  }
}

/** Each variable as SQL of its type. */
function variablesOf(
  environment: string,
  declared: Named['variables'],
  set: EnvironmentTerms['variables'],
): Readonly<Record<string, string>> {
  const unknown = Object.keys(set).filter(each => !(each in declared))
  if (unknown.length > 0)
    throw wrong(
      unknown.map(
        each => `environments.${environment}.variables.${each}: no such variable is declared under variables`,
      ),
    )
  return Object.fromEntries(
    Object.entries(declared).map(([each, { type, value }]) => [each, `cast(${quote(set[each] ?? value)} as ${type})`]),
  )
}

/** A path lies in the project; an address says where it is. */
function stateOf(terms: EnvironmentTerms['state'], under: (path: string) => string): Environment['state'] {
  const place = typeof terms === 'string' ? { address: terms } : placeOf(terms)
  return /^[a-z]+:/.test(place.address) ? place : { ...place, address: under(place.address) }
}

const placeOf = ({
  address,
  password,
}: {
  readonly address: string
  readonly password?: string | undefined
}): Place => ({ address, ...(password === undefined ? {} : { password }) })

const wrong = (problems: readonly string[]): Fault =>
  new Fault({
    what: problems.join('; '),
    where: file,
    hint: 'Correct the settings; nothing was done.',
    retry: 'never',
  })
