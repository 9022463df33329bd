import { z } from 'zod'
import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { instantOf } from '../../../contracts/instant.ts'
import { askBulk, askBulkRecent, askBulkRun, type BulkOperation } from '../../../sinks/shopify/asks.ts'
import { faultOf, type Shopify } from '../../../sinks/shopify/client.ts'

export interface BulkRequest {
  readonly query: string
  /** What an earlier attempt remembered of the same request; undefined where it is the first. */
  readonly known: Operation | undefined
  /** Durable when it resolves. */
  readonly remember: (operation: Operation) => Promise<void>
  readonly heard?: Heard
}

/** True once for each time that an event told that the operation has ended. */
export type Heard = (id: string) => Promise<boolean>

/** How an operation is found again: by its id or, while it is not known whether Shopify started it, by a mark in its text. */
export const operation = z.object({ id: z.string().nullable(), mark: z.string() })
export type Operation = z.infer<typeof operation>

/** What an operation's end means. */
export type Ending = Completed | Failed

export interface Completed {
  readonly state: 'completed'
  readonly id: string
  /** Null where nothing was found. */
  readonly url: string | null
  /** Null where Shopify does not say. */
  readonly bytes: number | null
  readonly records: number
  readonly roots: number
}

export interface Failed {
  readonly state: 'failed'
  readonly id: string
  readonly what: string
  /** What may do better: the same again, only an operation that asks for less, or none until a person has looked. */
  readonly next: 'again' | 'less' | 'later'
  /** Where a part of the result lies; it is never taken for all. */
  readonly partial: string | null
}

/**
 * The whole life of one bulk query, up to its end. What is needed to find the operation again is saved before anything is started and
 * its id before it is first looked at: whoever comes back takes the running operation up and starts no second. There is no time
 * limit; Shopify itself ends an operation after ten days.
 */
export async function endBulk(ctx: Context, shopify: Shopify, request: BulkRequest): Promise<Ending> {
  const adopted = await adopt(ctx, shopify, request)
  const id = adopted ?? (await start(ctx, shopify, request))
  ctx.log(adopted === undefined ? 'bulk started' : 'bulk taken up', { id })
  return await awaitBulk(ctx, shopify, { id, heard: request.heard })
}

/**
 * Looks at the operation, ever more rarely, until it has ended, and at once when an event tells that it has: an event may never come. A Fault
 * where the app may not read what it asks for.
 */
export async function awaitBulk(
  ctx: Context,
  shopify: Shopify,
  { id, heard }: { readonly id: string; readonly heard?: Heard | undefined },
): Promise<Ending> {
  for (let waitMs = firstPollMs; ; waitMs = Math.min(waitMs * 1.5, longestPollMs)) {
    const { bulkOperation: found } = await shopify.data(askBulk, { id })
    if (found === null || !running.includes(found.status)) {
      ctx.log('bulk ended', { id, status: found?.status ?? 'unknown', records: found?.objectCount ?? 0 })
      if (found?.errorCode === 'ACCESS_DENIED') throw denied(`${shopify.where}, ${id}`)
      return endingOf(found, id)
    }
    await pause(ctx, waitMs, heard === undefined ? undefined : () => heard(id))
  }
}

/** Sleeps, and not to the end where it is woken. */
async function pause(ctx: Context, waitMs: number, isWoken?: () => Promise<boolean>): Promise<void> {
  if (isWoken === undefined) return ctx.sleep(waitMs)
  for (let left = waitMs; left > 0 && !(await isWoken()); left -= listenMs) await ctx.sleep(Math.min(left, listenMs))
}

const listenMs = 1_000
const firstPollMs = 200
const longestPollMs = 30_000
const running: readonly string[] = ['CREATED', 'RUNNING', 'CANCELING']

/**
 * Only COMPLETED delivers, whatever url stands beside another status: Shopify gives one for some cancelled operations too, and
 * partial data would be counted as all. An operation that took too long asks for too much.
 */
function endingOf(found: BulkOperation | null, id: string): Ending {
  if (found === null) return failed(id, 'Shopify does not know the bulk operation')
  const { status, errorCode, objectCount: records, rootObjectCount: roots, fileSize, url, partialDataUrl } = found
  if (status === 'COMPLETED' && (url !== null || records === 0))
    return { state: 'completed', id, url, bytes: url === null ? 0 : fileSize, records, roots }
  if (status === 'COMPLETED') return failed(id, `the bulk operation counted ${records} records and gives no file`)
  const what = `the bulk operation ended as ${status}${errorCode === null ? '' : ` with ${errorCode}`}`
  const next = errorCode === 'TIMEOUT' ? 'less' : status === 'CANCELED' ? 'later' : 'again'
  return { ...failed(id, what), next, partial: partialDataUrl }
}

const failed = (id: string, what: string): Failed => ({ state: 'failed', id, what, next: 'again', partial: null })

const denied = (where: string): Fault =>
  new Fault({
    what: 'the bulk operation ended as FAILED with ACCESS_DENIED',
    where,
    hint: 'Grant the app the access scopes for what is read, and install it again.',
    retry: 'never',
  })

/** The operation that an earlier attempt at the same request left running, or that ended lately; undefined where a new one is needed. */
async function adopt(
  ctx: Context,
  shopify: Shopify,
  { known, query, remember }: BulkRequest,
): Promise<string | undefined> {
  if (known === undefined) return undefined
  const id = known.id ?? (await findLost(shopify, marked(query, known.mark)))
  if (id === undefined) return undefined
  const { bulkOperation: found } = await shopify.data(askBulk, { id })
  if (found === null || found.status === 'EXPIRED' || isStale(found, known, ctx.now())) return undefined
  await remember({ ...known, id })
  return id
}

/** A result that has lain for longer, in milliseconds, is not taken for how things are: whoever asks then asks anew. */
const freshMs = 24 * 60 * 60_000

/** What still works is taken up however long it has; where Shopify does not say when it ended, it may have ended when it began. */
const isStale = ({ status, completedAt }: BulkOperation, { mark }: Operation, now: Date): boolean =>
  !running.includes(status) && now.getTime() - Date.parse(completedAt ?? mark) > freshMs

async function findLost(shopify: Shopify, text: string): Promise<string | undefined> {
  const { bulkOperations } = await shopify.data(askBulkRecent)
  return bulkOperations.edges.find(({ node }) => node.query === text)?.node.id
}

/** A comment tells this very attempt from every other that asks for the same. */
const marked = (query: string, mark: string): string => `${query}\n# boomerang ${mark}`

async function start(ctx: Context, shopify: Shopify, { query, remember }: BulkRequest): Promise<string> {
  const mark = instantOf(ctx.now())
  await remember({ id: null, mark })
  const id = await startWhenFree(ctx, shopify, marked(query, mark))
  await remember({ id, mark })
  return id
}

/** Starts the operation; where all slots of the app are taken it waits, and leaves those who hold them alone. */
async function startWhenFree(ctx: Context, shopify: Shopify, query: string): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    const begun = await begin(shopify, query)
    if (begun.state === 'started') return begun.id
    const waitMs = Math.min(1000 * 2 ** attempt, longestBusyMs)
    if (attempt === busyTries)
      throw new Fault({
        what: `all slots for bulk queries are taken, by ${begun.holders.join(', ') || 'operations that Shopify does not name'}`,
        where: shopify.where,
        hint: 'Other operations of the same app run in this shop. It is tried again later; give boomerang an app of its own.',
        retry: 'later',
        waitMs: longestBusyMs,
      })
    ctx.log('bulk waits for a slot', { holders: [...begun.holders], waitMs })
    await ctx.sleep(waitMs)
  }
}

const longestBusyMs = 60_000
const busyTries = 18

type Begun =
  | { readonly state: 'started'; readonly id: string }
  | { readonly state: 'busy'; readonly holders: readonly string[] }

async function begin(shopify: Shopify, query: string): Promise<Begun> {
  const answer = await shopify.ask(askBulkRun, { query })
  const where = `${shopify.where}, ${askBulkRun.name}`
  if (answer.state !== 'answered') throw faultOf(answer, where)
  const { bulkOperation, userErrors } = answer.data.bulkOperationRunQuery
  if (bulkOperation !== null) return { state: 'started', id: bulkOperation.id }
  const messages = userErrors.map(({ message }) => message).join('; ')
  if (userErrors.some(({ code }) => code === 'OPERATION_IN_PROGRESS'))
    return { state: 'busy', holders: messages.match(/gid:\/\/shopify\/BulkOperation\/[0-9]+/g) ?? [] }
  throw new Fault({
    what: `Shopify does not start the bulk operation: ${messages}`,
    where,
    hint: 'Correct the query of this object; see Shopify’s rules for bulk queries.',
    retry: userErrors.some(({ code }) => code === 'LIMIT_REACHED') ? 'later' : 'never',
  })
}
