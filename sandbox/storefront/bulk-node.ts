import type { DocumentNode, FieldNode } from 'graphql'
import type { BulkDesk, BulkOperation } from './bulk.ts'
import { type Node, nodeFields, project } from './graphql.ts'

interface Asked {
  readonly field: FieldNode
  readonly document: DocumentNode
  readonly args: Readonly<Record<string, unknown>>
}

/** The newest operations first, by status where it is asked for. */
export function bulkOperations(desk: BulkDesk, { field, document, args }: Asked, base: string): unknown {
  const wanted = String(args.query ?? '')
  const status = /status:'?([a-z_]+)'?/i.exec(wanted)?.[1]?.toUpperCase()
  const newest = desk
    .all()
    .filter(each => status === undefined || each.status === status)
    .toReversed()
    .slice(0, Number(args.first ?? 50))
  const nodes = newest.map(each => project(operationNode(each, base), nodeFields(field, document), document))
  return { edges: nodes.map(node => ({ node })), nodes, pageInfo: { hasNextPage: false, endCursor: null } }
}

/** Counts and sizes are text; the link carries when it expires. */
export const operationNode = (of: BulkOperation, base: string): Node => {
  const link = `${base}/bulk-results/${of.id.split('/').at(-1)}.jsonl?link=${of.link}`
  const done = of.status === 'COMPLETED' && of.objectCount > 0
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
    fileSize: of.completedAt === null || of.objectCount === 0 ? null : String(of.fileSize),
    url: done ? link : null,
    partialDataUrl: of.status === 'FAILED' ? link : null,
  }
}
