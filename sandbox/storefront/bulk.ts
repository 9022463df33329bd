import { existsSync, readFileSync } from 'node:fs'
import type { FaultList } from '../faults.ts'
import type { Shop } from '../shops.ts'
import { isoOf, nowOf, type World, writeWhole } from '../world.ts'
import { bulkRefusals } from './bulk-checks.ts'
import { type BulkError, type MutationArgs, mutationRefusals } from './bulk-mutations.ts'
import { bulkLines, type ResultLine } from './bulk-result.ts'
import type { Uploads } from './staged-uploads.ts'

/** One bulk operation, as it is remembered on disk: its data is that of the day on which it was created. */
export interface BulkOperation {
  readonly id: string
  readonly type: 'QUERY' | 'MUTATION'
  readonly query: string
  readonly grouped: boolean
  readonly world: World
  readonly createdAt: string
  status: 'CREATED' | 'RUNNING' | 'CANCELING' | 'CANCELED' | 'COMPLETED' | 'FAILED' | 'EXPIRED'
  errorCode: string | null
  polls: number
  objectCount: number
  rootObjectCount: number
  fileSize: number
  completedAt: string | null
  link: number
  readonly extra: readonly string[]
  readonly failWith: string | null
  /** A mutation's result, line by line: it was done once, when the operation completed. */
  results: readonly string[]
  /** So many lines of the query's result were written before it failed; undefined where all are. */
  partial?: number
  readonly uploadPath: string | null
}

/** Begun, or why not. */
export type BulkRun = { readonly operation: BulkOperation } | { readonly errors: readonly BulkError[] }

export interface BulkDesk {
  run(query: string, grouped: boolean): BulkRun
  mutate(args: MutationArgs): BulkRun
  poll(id: string): BulkOperation | undefined
  cancel(id: string): { readonly operation: BulkOperation | undefined; readonly errors: readonly BulkError[] }
  all(): readonly BulkOperation[]
  expire(id: string): void
  lines(operation: BulkOperation): Generator<string>
}

export interface DeskTerms {
  readonly file: string
  readonly shop: Shop
  readonly world: () => World
  readonly faults: FaultList
  /** Polls after which a running operation has completed. */
  readonly polls: number
  readonly uploads: Uploads
  /** Does one line of a bulk mutation and gives what its answer holds. */
  readonly perform: (
    mutation: string,
    variables: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>>
}

const slots = 5
const unfinished = ['CREATED', 'RUNNING', 'CANCELING']

/** Where a shop's bulk operations live: queries and mutations, five of each at a time, remembered over a restart. */
export function bulkDesk(terms: DeskTerms): BulkDesk {
  const { file, shop, faults } = terms
  const operations: BulkOperation[] = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as BulkOperation[])
    : []
  const save = (): void => writeWhole(file, JSON.stringify(operations))
  /** What is being counted in this process; after a restart it is begun anew. */
  const counting = new Set<string>()
  const find = (id: string): BulkOperation | undefined => operations.find(each => each.id === id)
  const busy = (kind: BulkOperation['type']): readonly string[] =>
    operations.filter(({ status, type }) => type === kind && unfinished.includes(status)).map(({ id }) => id)
  const begin = (of: Pick<BulkOperation, 'type' | 'query' | 'grouped' | 'uploadPath'>): BulkRun => {
    const fault = faults.take('bulkResult')
    const operation = newOperation(terms, {
      ...of,
      number: operations.length + 1,
      extra: fault?.extraLines ?? [],
      failWith: fault?.failed ?? null,
    })
    operations.push(operation)
    save()
    return { operation }
  }
  return {
    run(query, grouped) {
      const refusals = bulkRefusals(query)
      if (refusals.length > 0)
        return { errors: refusals.map(message => ({ field: ['query'], message, code: 'INVALID' })) }
      const taken = busy('QUERY')
      return taken.length >= slots
        ? { errors: [inProgress(taken)] }
        : begin({ type: 'QUERY', query, grouped, uploadPath: null })
    },
    mutate(args) {
      const errors = mutationRefusals(args, { uploads: terms.uploads, busy: busy('MUTATION') })
      if (errors.length > 0) return { errors }
      return begin({
        type: 'MUTATION',
        query: String(args.mutation),
        grouped: false,
        uploadPath: String(args.stagedUploadPath),
      })
    },
    poll(id) {
      const operation = find(id)
      if (operation === undefined || !unfinished.includes(operation.status)) return operation
      operation.polls += 1
      if (operation.status === 'CANCELING') operation.status = 'CANCELED'
      else if (operation.polls < terms.polls) operation.status = 'RUNNING'
      else if (!counting.has(id)) {
        counting.add(id)
        complete(terms, operation, save)
      }
      save()
      return operation
    },
    cancel(id) {
      const operation = find(id)
      if (operation === undefined)
        return { operation, errors: [{ field: ['id'], message: 'Bulk operation does not exist', code: null }] }
      if (!unfinished.includes(operation.status))
        return {
          operation,
          errors: [{ field: null, message: 'A bulk operation cannot be canceled when it is completed', code: null }],
        }
      operation.status = 'CANCELING'
      save()
      return { operation, errors: [] }
    },
    all: () => operations,
    expire(id) {
      const operation = find(id)
      if (operation !== undefined) operation.link += 1
      save()
    },
    *lines(operation) {
      for (const { text } of linesOf(shop, operation)) yield text
    },
  }
}

const inProgress = (taken: readonly string[]): BulkError => ({
  field: null,
  message: `A bulk query operation for this app and shop is already in progress: ${taken.join(', ')}.`,
  code: 'OPERATION_IN_PROGRESS',
})

type Beginning = Pick<BulkOperation, 'type' | 'query' | 'grouped' | 'uploadPath' | 'extra' | 'failWith'> & {
  readonly number: number
}

const newOperation = ({ shop, world }: DeskTerms, { number, ...of }: Beginning): BulkOperation => ({
  ...of,
  id: `gid://shopify/BulkOperation/${shop.number}${String(number).padStart(9, '0')}`,
  world: world(),
  createdAt: isoOf(nowOf(world())),
  status: 'CREATED',
  errorCode: null,
  polls: 0,
  objectCount: 0,
  rootObjectCount: 0,
  fileSize: 0,
  completedAt: null,
  link: 1,
  results: [],
})

/** Lines that are counted before anyone else gets a turn. */
const countedAtOnce = 20_000

/** A query is counted as it will be sent; a mutation is done, line by line, and its answers are kept. Large results take their time. */
function complete({ shop, uploads, perform }: DeskTerms, operation: BulkOperation, save: () => void): void {
  if (operation.type === 'MUTATION')
    operation.results = (uploads.read(operation.uploadPath ?? '')?.lines ?? []).map((line, at) =>
      JSON.stringify({
        ...perform(operation.query, JSON.parse(line) as Readonly<Record<string, unknown>>),
        __lineNumber: at,
      }).replaceAll('/', '\\/'),
    )
  if (operation.failWith !== null) operation.partial = Math.floor(countOf(linesOf(shop, operation)) / 2)
  const lines = linesOf(shop, operation)
  let [objects, roots, bytes] = [0, 0, 0]
  const count = (): void => {
    for (let n = 0; n < countedAtOnce; n += 1) {
      const next = lines.next()
      if (next.done === true) return end()
      objects += 1
      roots += next.value.root ? 1 : 0
      bytes += Buffer.byteLength(next.value.text)
    }
    operation.status = 'RUNNING'
    setImmediate(count)
  }
  const end = (): void => {
    const completedAt = isoOf(nowOf(operation.world))
    Object.assign(operation, { objectCount: objects, rootObjectCount: roots, fileSize: bytes, completedAt })
    operation.status = operation.failWith === null ? 'COMPLETED' : 'FAILED'
    operation.errorCode = operation.failWith
    save()
  }
  count()
}

function countOf(lines: Iterable<unknown>): number {
  let n = 0
  for (const _ of lines) n += 1
  return n
}

function* linesOf(shop: Shop, operation: BulkOperation): Generator<ResultLine> {
  if (operation.type === 'MUTATION') for (const text of operation.results) yield { text: `${text}\n`, root: true }
  else yield* firstOf(bulkLines(operation.world, shop, operation), operation.partial)
  for (const extra of operation.extra) yield { text: `${extra}\n`, root: !extra.includes('__parentId') }
}

function* firstOf<T>(all: Iterable<T>, most = Number.POSITIVE_INFINITY): Generator<T> {
  let n = 0
  for (const each of all) {
    if (n++ >= most) return
    yield each
  }
}
