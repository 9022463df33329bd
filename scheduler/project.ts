import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Connection, Environment, Project } from '../contracts/connection.ts'
import { Fault } from '../contracts/fault.ts'
import { closest } from '../models/compiler/closest.ts'

/** A value that is kept elsewhere: `env:NAME`, or `file:path` with `#key.of.json`. */
export const isReference = (text: string): boolean => /^(env|file):/.test(text)

const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/, 'a UTC instant such as 2026-01-01T00:00:00Z')
const timeZone = z
  .string()
  .refine(
    zone => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC',
    'an IANA time zone such as Europe/Berlin',
  )

const connectionShape = z.strictObject({
  system: z.string(),
  brand: z.string(),
  region: z.string(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code'),
  timeZone,
  endpoint: z.string(),
  account: z.string(),
  secrets: z
    .record(
      z.string(),
      z.string().refine(isReference, 'a reference (env:NAME or file:path#key), never the secret itself'),
    )
    .default({}),
  since: instant.default('2000-01-01T00:00:00Z'),
})

const environmentShape = z.strictObject({
  delivers: z.boolean(),
  connections: z.array(z.string()).optional(),
  warehouse: z.strictObject({
    kind: z.literal('duckdb'),
    path: z.string(),
    memory: z.string().regex(/^[1-9][0-9]*(MB|GB)$/, 'a size such as 400MB').default('400MB'),
  }),
  landing: z.string(),
  state: z.string(),
  clock: z.string().refine(isReference, 'a reference to a UTC instant').optional(),
})

const projectShape = z.strictObject({
  schedule: z.strictObject({ cron: z.string(), timeZone }),
  connections: z.record(
    z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
    connectionShape,
  ),
  environments: z.record(z.string(), environmentShape),
})

export type ProjectTerms = z.input<typeof projectShape>

/** Types a project's settings where they are written. */
export const defineProject = (terms: ProjectTerms): ProjectTerms => terms

const file = 'boomerang.config.ts'

/** Reads and checks `boomerang.config.ts` in `root`; a Fault names every key that is wrong, and what is allowed. */
export async function readProject(root: string): Promise<Project> {
  const path = join(root, file)
  if (!existsSync(path))
    throw new Fault({
      what: `there is no ${file}`,
      where: root,
      hint: 'Run boomerang in the folder of a project, or make one with defineProject.',
      retry: 'never',
    })
  const { config } = (await import(pathToFileURL(path).href)) as { readonly config?: unknown }
  return checkProject(root, config)
}

export function checkProject(root: string, config: unknown): Project {
  const parsed = projectShape.safeParse(config)
  if (!parsed.success) throw wrong(parsed.error.issues.flatMap(issue => issueTexts(issue)))
  const { connections, environments, schedule } = parsed.data
  const all = new Map(Object.entries(connections).map(([name, terms]) => [name, connectionOf(name, terms)]))
  const named = Object.entries(environments).map(([name, terms]) => environmentOf(root, { name, terms, all }))
  const delivering = named.filter(({ delivers }) => delivers)
  if (delivering.length > 1)
    throw wrong([
      `environments: ${delivering.map(({ name }) => name).join(' and ')} both deliver; only one may write outside`,
    ])
  if (named.length === 0) throw wrong(['environments: none is named'])
  return { root, schedule, environments: named }
}

const connectionOf = (name: string, terms: z.output<typeof connectionShape>): Connection => ({
  name,
  ...terms,
  since: terms.since.replace(/(\.\d+)?Z$/, (_, digits: string | undefined) => `${(digits ?? '.').padEnd(7, '0')}Z`),
})

function environmentOf(
  root: string,
  {
    name,
    terms,
    all,
  }: { name: string; terms: z.output<typeof environmentShape>; all: ReadonlyMap<string, Connection> },
): Environment {
  const under = (path: string): string => (isAbsolute(path) ? path : join(root, path))
  const connections = (terms.connections ?? [...all.keys()]).map(each => {
    const found = all.get(each)
    if (found === undefined)
      throw wrong([
        `environments.${name}.connections: ${each} is not a connection; there are ${[...all.keys()].join(', ')}`,
      ])
    return found
  })
  return {
    name,
    delivers: terms.delivers,
    connections,
    warehouse: { ...terms.warehouse, path: under(terms.warehouse.path) },
    landing: under(terms.landing),
    state: under(terms.state),
    ...(terms.clock === undefined ? {} : { clock: terms.clock }),
  }
}

const wrong = (problems: readonly string[]): Fault =>
  new Fault({
    what: problems.join('; '),
    where: file,
    hint: 'Correct the settings; nothing was done.',
    retry: 'never',
  })

function issueTexts(issue: z.core.$ZodIssue): readonly string[] {
  const place = issue.path.join('.') || 'the project'
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(issue.path)
    return issue.keys.map(key => {
      const near = closest(key, allowed)
      return `${[...issue.path, key].join('.')} is not a setting${near === undefined ? '' : `; did you mean ${near}?`} (allowed: ${allowed.join(', ')})`
    })
  }
  return [`${place}: ${issue.message}`]
}

function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const shapes =
    path[0] === 'connections'
      ? connectionShape
      : path[0] === 'environments'
        ? path.length > 2
          ? environmentShape.shape.warehouse
          : environmentShape
        : path[0] === 'schedule'
          ? projectShape.shape.schedule
          : projectShape
  return Object.keys(shapes.shape)
}
