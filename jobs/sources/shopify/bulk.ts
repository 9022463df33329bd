import { z } from 'zod'
import type { Interval } from '../../../contracts/connection.ts'
import type { Context, Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { instantOf } from '../../../contracts/instant.ts'
import { askBulk, askBulkRecent, askBulkRun, type BulkOperation } from '../../../sinks/shopify/asks.ts'
import { faultOf, type Shopify } from '../../../sinks/shopify/client.ts'

export interface BulkRequest {
  readonly query: string
  readonly interval: Interval
  /** Runs once, before a new operation is started. */
  readonly probe: () => Promise<void>
}

/** A completed operation: where its file lies, or that it found nothing. */
export interface Completed {
  readonly id: string
  /** Null where nothing was found. */
  readonly url: string | null
  /** Null where Shopify does not say. */
  readonly bytes: number | null
  readonly records: number
  readonly roots: number
}

/**
 * The whole life of one bulk query, up to its completion. What is needed to find the operation again is saved before anything
 * is started and its id before it is first looked at: whoever comes back takes the running operation up and starts no second.
 * There is no time limit; Shopify itself ends an operation after ten days.
 */
export async function completeBulk(ctx: Context, shopify: Shopify, request: BulkRequest): Promise<Completed> {
  const adopted = await adopt(ctx, shopify, request)
  const id = adopted ?? (await start(ctx, shopify, request))
  ctx.log(adopted === undefined ? 'bulk started' : 'bulk taken up', { id })
  return await awaitBulk(ctx, shopify, id)
}

/** Looks at the operation, ever more rarely, until it has ended; a Fault where it ended in anything but completion. */
export async function awaitBulk(ctx: Context, shopify: Shopify, id: string): Promise<Completed> {
  for (let waitMs = firstPollMs; ; waitMs = Math.min(waitMs * 1.5, longestPollMs)) {
    const { bulkOperation: found } = await shopify.data(askBulk, { id })
    if (found === null || !running.includes(found.status)) {
      ctx.log('bulk ended', { id, status: found?.status ?? 'unknown', records: found?.objectCount ?? 0 })
      const ending = endingOf(found, id)
      if (ending.state === 'completed') return ending
      await forgetBulk(ctx)
      throw new Fault({ ...ending, where: `${shopify.where}, ${id}` })
    }
    await ctx.sleep(waitMs)
  }
}

const firstPollMs = 200
const longestPollMs = 30_000
const running: readonly string[] = ['CREATED', 'RUNNING', 'CANCELING']

type Ending =
  | ({ readonly state: 'completed' } & Completed)
  | { readonly state: 'failed'; readonly what: string; readonly hint: string; readonly retry: 'later' | 'never' }

/**
 * What an operation's end means. Only COMPLETED delivers, whatever url stands beside another status: Shopify gives one for some
 * cancelled operations too, and partial data would be counted as all.
 */
export function endingOf(found: BulkOperation | null, id: string): Ending {
  if (found === null)
    return failed('Shopify does not know the bulk operation', 'It is started anew with the next attempt.')
  const { status, errorCode, objectCount: records, rootObjectCount: roots, fileSize, url } = found
  if (status === 'COMPLETED' && (url !== null || records === 0))
    return { state: 'completed', id, url, bytes: url === null ? 0 : fileSize, records, roots }
  if (status === 'COMPLETED')
    return failed(`the bulk operation counted ${records} records and gives no file`, 'It is started anew.')
  const what = `the bulk operation ended as ${status}${errorCode === null ? '' : ` with ${errorCode}`}`
  if (errorCode === 'ACCESS_DENIED')
    return failed(what, 'Grant the app the access scopes for what is read, and install it again.', 'never')
  return failed(what, endings[errorCode ?? status] ?? 'It is started anew with the next attempt.')
}

const endings: Readonly<Record<string, string>> = {
  TIMEOUT: 'Shopify took too long. It is started anew; if it stays so, read a shorter interval.',
  CANCELED: 'Another program or a person cancelled it. It is started anew with the next attempt.',
}
const failed = (what: string, hint: string, retry: 'later' | 'never' = 'later'): Ending => ({
  state: 'failed',
  what,
  hint,
  retry,
})

const memory = 'bulk'
const remembered = z.object({
  /** Null while it is not known whether Shopify started the operation. */
  id: z.string().nullable(),
  query: z.string(),
  interval: z.object({ from: z.string(), to: z.string() }),
  mark: z.string(),
})
type Remembered = z.infer<typeof remembered>

/** The next attempt starts an operation of its own. */
export const forgetBulk = (ctx: Context): Promise<void> => ctx.resume.set(memory, undefined)

/** The operation that an earlier attempt at the same request left running or complete; undefined where a new one is needed. */
async function adopt(ctx: Context, shopify: Shopify, request: BulkRequest): Promise<string | undefined> {
  const saved = remembered.safeParse(await ctx.resume.get(memory)).data
  if (saved === undefined || !isSame(saved, request)) return undefined
  const id = saved.id ?? (await findLost(shopify, saved))
  if (id === undefined) return undefined
  const { bulkOperation: found } = await shopify.data(askBulk, { id })
  if (found === null || found.status === 'EXPIRED') return undefined
  await remember(ctx, { ...saved, id })
  return id
}

const isSame = (saved: Remembered, { query, interval }: BulkRequest): boolean =>
  saved.query === query && saved.interval.from === interval.from && saved.interval.to === interval.to

async function findLost(shopify: Shopify, saved: Remembered): Promise<string | undefined> {
  const { bulkOperations } = await shopify.data(askBulkRecent)
  return bulkOperations.edges.find(({ node }) => node.query === marked(saved))?.node.id
}

/** A comment tells this very attempt from every other that asks for the same. */
const marked = ({ query, mark }: Pick<Remembered, 'query' | 'mark'>): string => `${query}\n# boomerang ${mark}`

async function start(ctx: Context, shopify: Shopify, request: BulkRequest): Promise<string> {
  await request.probe()
  const { query, interval } = request
  const plan: Remembered = { id: null, query, interval: { ...interval }, mark: instantOf(ctx.now()) }
  await remember(ctx, plan)
  const id = await startWhenFree(ctx, shopify, marked(plan))
  await remember(ctx, { ...plan, id })
  return id
}

const remember = (ctx: Context, plan: Remembered): Promise<void> => ctx.resume.set(memory, plan satisfies Json)

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
