import { Cron } from 'croner'
import { z } from 'zod'
import { alertWays, risks, warehouseKinds } from '../contracts/connection.ts'
import { closest } from '../models/compiler/closest.ts'
import { wrongIn } from './alerts/route-terms.ts'
import { isReference } from './reference.ts'

/**
 * What may stand where a value is public but may be kept elsewhere. Vendors mark their tokens by a prefix, so that one that was
 * put here by mistake is known: Shopify's `shp…_`, HubSpot's `pat-`, GitHub's `gh._`, Stripe's `sk_` and `rk_`, AWS's `AKIA`.
 */
const open = z
  .string()
  .refine(
    text => !/^(shp[a-z]{2}_|pat-|gh[a-z]_|[sr]k_|AKIA)/.test(text),
    'a value that is no secret; this looks like a token',
  )
const reference = z
  .string()
  .refine(isReference, 'a reference such as env:NAME, file:path#key or cmd:op read …, never the secret itself')
const instant = z.string().refine(isInstant, 'a UTC instant such as 2026-01-01T00:00:00Z')
const timeZone = z.string().refine(isTimeZone, 'an IANA time zone such as Europe/Berlin')
const cron = z.string().refine(isCron, 'a schedule of five fields such as 0 2 * * *')

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'a name of lower-case letters, digits and hyphens')

const connection = z.strictObject({
  system: z.string(),
  brand: z.string(),
  region: z.string(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as EUR'),
  timeZone,
  endpoint: open,
  account: open,
  secrets: z.record(z.string(), reference).default({}),
  since: instant.default('2000-01-01T00:00:00Z'),
  owner: name.optional(),
})

const warehouse = z.strictObject({
  kind: z.literal('duckdb', 'duckdb'),
  path: z.string(),
  memory: z
    .string()
    .regex(/^[1-9][0-9]*(MB|GB)$/, 'a size such as 2GB')
    .optional(),
  threads: z.int().min(1, 'a number of cores from 1 on').optional(),
})

const bucket = z.strictObject({
  address: open,
  secrets: z.record(z.string(), reference).default({}),
})

const traces = z.strictObject({
  address: open,
  headers: z.record(z.string(), reference).default({}),
})

const place = z.strictObject({ address: open, password: reference.optional() })

const mailAddress = z.string().regex(/^[^\s@<>,]+@[^\s@<>,]+$/, 'an address such as data@example.com')

/** Each way needs something else of it. */
const route = z
  .strictObject({
    to: z.enum(alertWays, `one of ${alertWays.join(', ')}`),
    address: open,
    from: z.enum(risks, `one of ${risks.join(', ')}`).default('analytical'),
    owner: name.optional(),
    password: reference.optional(),
    sender: mailAddress.optional(),
    recipients: z.array(mailAddress).min(1, 'at least one address').optional(),
  })
  .superRefine((terms, { addIssue }) => {
    for (const [key, message] of wrongIn(terms)) addIssue({ code: 'custom', path: [key], message })
  })

const variableName = z
  .string()
  .regex(
    /^(?!(?:now|start|end)$)[a-z_][a-z0-9_]*$/,
    'a name of lower-case letters, digits and _, and not now, start or end',
  )
const variableValue = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** What models read as `$name`; a type of SQL, and what it is where an environment says nothing else. */
const variable = z.strictObject({
  type: z.string().regex(/^[A-Za-z]+(\(\d+(, ?\d+)?\))?$/, 'a type of SQL such as DECIMAL(38,9)'),
  value: variableValue,
})

const environment = z.strictObject({
  delivers: z.boolean(),
  connections: z.array(z.string()).optional(),
  warehouse,
  landing: z.string(),
  bucket: bucket.optional(),
  keepDays: z
    .int('a number of days such as 90')
    .min(1, 'a number of days from 1 to 36500')
    .max(36_500, 'a number of days from 1 to 36500')
    .optional(),
  state: z.union([z.string(), place]),
  redis: place.optional(),
  traces: traces.optional(),
  clock: reference.optional(),
  alerts: z.array(route).optional(),
  alive: reference.optional(),
  variables: z.record(variableName, variableValue).default({}),
  lateAfterMinutes: z
    .int('a number of minutes such as 240')
    .min(1, 'a number of minutes from 1 to 10080')
    .max(10_080, 'a number of minutes from 1 to 10080')
    .optional(),
})

/** What becomes of nights that were missed: each is made up for, the newest answers for all, or the next one does. */
const catchUps = ['all', 'latest', 'none'] as const

const schedule = z.strictObject({
  cron,
  timeZone,
  catchUp: z.enum(catchUps, `one of ${catchUps.join(', ')}`).default('latest'),
})

export const projectShape = z.strictObject({
  schedule,
  variables: z.record(variableName, variable).default({}),
  targets: z
    .array(z.enum(warehouseKinds, `one of ${warehouseKinds.join(', ')}`))
    .min(1, 'at least one warehouse')
    .default(['duckdb']),
  connections: z.record(name, connection),
  environments: z.record(name, environment),
})

export type ProjectTerms = z.input<typeof projectShape>
export type ConnectionTerms = z.output<typeof connection>
export type VariableTerms = z.output<typeof variable>
export type EnvironmentTerms = z.output<typeof environment>

/** One sentence for each setting that is wrong: its place, what stands there, and what is allowed. Secrets are not quoted. */
export const projectProblems = ({ issues }: z.ZodError): readonly string[] => issues.flatMap(problemOf)

function problemOf(issue: z.core.$ZodIssue): readonly string[] {
  const place = issue.path.join('.') || 'the project'
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => strange([...issue.path, key].join('.'), key, keysAt(issue.path)))
    case 'invalid_key':
      return [`${place}: ${issue.issues.map(({ message }) => `expected ${message}`).join(', ')}`]
    case 'invalid_type':
      return [`${place}: ${issue.message.replace(/^Invalid input: /, '')}`]
    default:
      return [`${place}: expected ${issue.message}`]
  }
}

function strange(place: string, key: string, allowed: readonly string[]): string {
  const near = closest(key, allowed)
  return `${place} is not a setting${near === undefined ? '' : `; did you mean ${near}?`} (allowed: ${allowed.join(', ')})`
}

const parts: Readonly<Record<string, z.ZodObject>> = {
  warehouse,
  bucket,
  traces,
  redis: place,
  state: place,
  alerts: route,
}

const keysAt = ([section, , part]: readonly PropertyKey[]): readonly string[] => {
  if (section === 'connections') return Object.keys(connection.shape)
  if (section === 'schedule') return Object.keys(schedule.shape)
  if (section === 'environments') return Object.keys((parts[String(part)] ?? environment).shape)
  return Object.keys(projectShape.shape)
}

/** A day that no month has is none: as text it would stand behind every instant, and nothing would ever be read. */
function isInstant(text: string): boolean {
  const seconds = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,6})?Z$/.exec(text)?.[1]
  const at = new Date(`${seconds}Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(`${seconds}`)
}

/** Offsets such as `+02:00` are no time zones: they do not know summer time. */
function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined
  } catch {
    return false
  }
}

function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false
  try {
    return new Cron(text, { paused: true }).nextRun() !== null
  } catch {
    return false
  }
}
