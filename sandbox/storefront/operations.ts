import { isoOf, nowOf } from '../world.ts'
import type { BulkDesk, BulkOperation } from './bulk.ts'
import { type Node, Refusal, topError } from './graphql.ts'
import { readSearch } from './search.ts'

const weekMs = 7 * 86_400_000

/** When the link to a result ends, in milliseconds of the simulated clock: a week after the operation did. */
export const linkEnds = ({ completedAt, world }: BulkOperation): number =>
  (completedAt === null ? nowOf(world) : Date.parse(completedAt)) + weekMs

/** An operation as the Admin API shows it: counts and sizes are text, and the link says when it expires. */
export const operationNode = (of: BulkOperation, base: string): Node => {
  const name = `${of.id.split('/').at(-1)}.jsonl`
  const link = `${base}/bulk-results/${name}?Expires=${linkEnds(of) / 1000}&Signature=${of.link}`
  const hasResult = of.completedAt !== null && of.objectCount > 0
  return {
    __typename: 'BulkOperation',
    id: of.id,
    status: of.status,
    type: of.type,
    query: of.query,
    errorCode: of.errorCode,
    createdAt: of.createdAt,
    completedAt: of.completedAt,
    objectCount: String(of.objectCount),
    rootObjectCount: String(of.rootObjectCount),
    fileSize: hasResult ? String(of.fileSize) : null,
    url: hasResult && of.status === 'COMPLETED' ? link : null,
    partialDataUrl: hasResult && of.status === 'FAILED' ? link : null,
  }
}

export interface OperationArgs {
  readonly first?: number
  readonly last?: number
  readonly reverse?: boolean
  readonly sortKey?: string
  readonly query?: string
}

const refuse = (message: string): never => {
  throw new Refusal(topError('BAD_REQUEST', message))
}

/** The operations that `bulkOperations` asks for: oldest first unless reversed. */
export function listedOperations(desk: BulkDesk, args: OperationArgs, base: string): readonly Node[] {
  const { first, last, reverse = false, sortKey = 'CREATED_AT', query = '' } = args
  if (typeof first !== 'number' && typeof last !== 'number') refuse('you must provide one of first or last')
  if (typeof first === 'number' && typeof last === 'number') refuse('providing both first and last is not supported')
  const search = readSearch('bulkOperations', query)
  if (search.warnings.some(({ field, code }) => field === 'created_at' && code === 'invalid_value'))
    refuse('Invalid timestamp for query filter `created_at`.')
  const at = ({ createdAt, completedAt }: BulkOperation): string =>
    sortKey === 'COMPLETED_AT' ? (completedAt ?? isoOf(8.64e14)) : createdAt
  const sorted = desk.all().toSorted((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0))
  const nodes = (reverse ? sorted.toReversed() : sorted).map(each => operationNode(each, base)).filter(search.matches)
  return typeof first === 'number' ? nodes.slice(0, first) : nodes.slice(-Number(last))
}
