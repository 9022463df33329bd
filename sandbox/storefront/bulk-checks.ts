import { type DocumentNode, type FieldNode, GraphQLError, Kind, parse } from 'graphql'
import { fieldErrors } from './field-checks.ts'
import { fieldsOf, isConnection, operationOf } from './graphql.ts'

const largest = 65_535

/** What Shopify says to a bulk query that it does not take, in its own words; none where it takes it. */
export function bulkRefusals(query: string): readonly string[] {
  if (Buffer.byteLength(query) > largest)
    return [`Query is too large (${Buffer.byteLength(query)} bytes; maximum is ${largest} bytes)`]
  let document: DocumentNode
  try {
    document = parse(query)
  } catch (error) {
    const where =
      error instanceof GraphQLError && /<EOF>/.test(error.message) ? 'unexpected end of file' : (error as Error).message
    return [`Invalid bulk query: syntax error, ${where}`]
  }
  const operation = operationOf(document)
  if (operation.operation !== 'query') return ['Invalid operation type. Only `query` operations are supported.']
  const unknown = fieldErrors(document)
  if (unknown.length > 0) return unknown.map(({ message }) => `Invalid bulk query: ${message}`)
  const roots = fieldsOf(operation.selectionSet, document)
  const found = { count: 0, deepest: 0, nodes: [] as string[], withoutId: [] as string[], inList: false }
  for (const root of roots) walk(root, document, { depth: 0, inList: false, found })
  return [
    ...(roots.some(root => root.name.value === 'node')
      ? ['Bulk queries cannot contain a top level `node` field.']
      : []),
    ...(found.count === 0 ? ['Bulk queries must contain at least one connection.'] : []),
    ...(found.count > 5 ? ['Bulk queries cannot contain more than 5 connections.'] : []),
    ...(found.deepest > 2 ? ['Bulk queries cannot contain connections with a nesting depth greater than 2.'] : []),
    ...(found.nodes.length > 0
      ? [
          `All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: 'products { edges { node {'. Selecting via 'nodes' is not supported. Invalid connection fields: '${found.nodes.join("', '")}'.`,
        ]
      : []),
    ...(found.withoutId.length > 0
      ? [
          `The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. Connection fields without 'id': ${found.withoutId.join(', ')}.`,
        ]
      : []),
    ...(found.inList
      ? ['Queries that contain a connection field within a list field are not currently supported.']
      : []),
  ]
}

/** Fields of the Admin API's orders that are lists, not connections. */
const lists = ['transactions', 'refunds', 'fulfillments', 'taxLines']

interface Found {
  count: number
  deepest: number
  readonly nodes: string[]
  readonly withoutId: string[]
  inList: boolean
}

function walk(
  field: FieldNode,
  document: DocumentNode,
  { depth, inList, found }: { readonly depth: number; readonly inList: boolean; readonly found: Found },
): void {
  const below = fieldsOf(field.selectionSet, document)
  const connection = isConnection(field, document)
  const name = field.name.value
  if (connection) {
    found.count += 1
    found.deepest = Math.max(found.deepest, depth)
    if (inList) found.inList = true
    if (below.some(each => each.name.value === 'nodes')) found.nodes.push(name)
    const node = below
      .filter(each => each.name.value === 'edges')
      .flatMap(each => fieldsOf(each.selectionSet, document))
      .find(each => each.name.value === 'node')
    const fields = fieldsOf(node?.selectionSet, document)
    if (
      fields.some(each => each.kind === Kind.FIELD && isConnection(each, document)) &&
      !fields.some(each => each.name.value === 'id' && each.alias === undefined)
    )
      found.withoutId.push(name)
  }
  const isStep = name === 'edges' || name === 'node'
  for (const each of below)
    walk(each, document, {
      depth: connection ? depth + 1 : depth,
      inList: inList || (!isStep && lists.includes(name)),
      found,
    })
}
