import { existsSync, readFileSync } from 'node:fs'
import type { FaultList } from '../faults.ts'
import type { Shop } from '../shops.ts'
import { isoOf, nowOf, type World, writeWhole } from '../world.ts'
import { bulkRefusals } from './bulk-checks.ts'
import { bulkLines } from './bulk-result.ts'

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
}

export interface BulkDesk {
  run(
    query: string,
    grouped: boolean,
  ): { readonly operation: BulkOperation } | { readonly errors: readonly BulkError[] }
  poll(id: string): BulkOperation | undefined
  cancel(id: string): { readonly operation: BulkOperation | undefined; readonly errors: readonly BulkError[] }
  all(): readonly BulkOperation[]
  expire(id: string): void
  lines(operation: BulkOperation): Generator<string>
}

export interface BulkError {
  readonly field: readonly string[] | null
  readonly message: string
  readonly code: string | null
}

export interface DeskTerms {
  readonly file: string
  readonly shop: Shop
  readonly world: () => World
  readonly faults: FaultList
  /** Polls after which a running operation has completed. */
  readonly polls: number
}

const slots = 5
const unfinished = ['CREATED', 'RUNNING', 'CANCELING']

export function bulkDesk({ file, shop, world, faults, polls }: DeskTerms): BulkDesk {
  const operations: BulkOperation[] = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as BulkOperation[])
    : []
  const save = (): void => writeWhole(file, JSON.stringify(operations))
  const complete = (operation: BulkOperation): void => {
    let [objects, roots, bytes] = [0, 0, 0]
    for (const { text, root } of bulkLines(operation.world, shop, operation)) {
      objects += 1
      roots += root ? 1 : 0
      bytes += Buffer.byteLength(text)
    }
    for (const extra of operation.extra) {
      objects += 1
      bytes += Buffer.byteLength(extra) + 1
    }
    Object.assign(operation, {
      objectCount: objects,
      rootObjectCount: roots + operation.extra.filter(each => !each.includes('__parentId')).length,
      fileSize: bytes,
      completedAt: isoOf(nowOf(operation.world)),
    })
    operation.status = operation.failWith === null ? 'COMPLETED' : 'FAILED'
    operation.errorCode = operation.failWith
  }
  return {
    run(query, grouped) {
      const refusals = bulkRefusals(query)
      if (refusals.length > 0)
        return { errors: refusals.map(message => ({ field: ['query'], message, code: 'INVALID' })) }
      const busy = operations.filter(({ status, type }) => type === 'QUERY' && unfinished.includes(status))
      if (busy.length >= slots)
        return {
          errors: [
            {
              field: null,
              message: `A bulk query operation for this app and shop is already in progress: ${busy.map(({ id }) => id).join(', ')}.`,
              code: 'OPERATION_IN_PROGRESS',
            },
          ],
        }
      const fault = faults.take('bulkResult')
      const operation: BulkOperation = {
        id: `gid://shopify/BulkOperation/${shop.number}${String(operations.length + 1).padStart(9, '0')}`,
        type: 'QUERY',
        query,
        grouped,
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
        extra: fault?.extraLines ?? [],
        failWith: fault?.failed ?? null,
      }
      operations.push(operation)
      save()
      return { operation }
    },
    poll(id) {
      const operation = operations.find(each => each.id === id)
      if (operation === undefined || !unfinished.includes(operation.status)) return operation
      operation.polls += 1
      if (operation.status === 'CANCELING') operation.status = 'CANCELED'
      else if (operation.polls >= polls) complete(operation)
      else operation.status = 'RUNNING'
      save()
      return operation
    },
    cancel(id) {
      const operation = operations.find(each => each.id === id)
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
      const operation = operations.find(each => each.id === id)
      if (operation !== undefined) operation.link += 1
      save()
    },
    *lines(operation) {
      for (const { text } of bulkLines(operation.world, shop, operation)) yield text
      for (const extra of operation.extra) yield `${extra}\n`
    },
  }
}
