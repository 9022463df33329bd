import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'

export type Node = Readonly<Record<string, unknown>>
export type Variables = Readonly<Record<string, unknown>>

/** An error that Shopify puts at the top of the answer. */
export interface TopError {
  readonly message: string
  readonly extensions: { readonly code: string }
}
export const topError = (code: string, message: string): TopError => ({ message, extensions: { code } })

export const operationOf = (document: DocumentNode): OperationDefinitionNode =>
  document.definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode

/** The fields of a selection with fragments laid open. */
export function fieldsOf(set: SelectionSetNode | undefined, document: DocumentNode): readonly FieldNode[] {
  return (set?.selections ?? []).flatMap(selection => {
    if (selection.kind === Kind.FIELD) return [selection]
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet, document)
    const fragment = document.definitions.find(
      (each): each is FragmentDefinitionNode =>
        each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value,
    )
    return fieldsOf(fragment?.selectionSet, document)
  })
}

export const outName = (field: FieldNode): string => field.alias?.value ?? field.name.value

export function argsOf(field: FieldNode, variables: Variables): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (field.arguments ?? []).map(argument => [argument.name.value, literalOf(argument.value, variables)]),
  )
}

function literalOf(value: ValueNode, variables: Variables): unknown {
  switch (value.kind) {
    case Kind.VARIABLE:
      return variables[value.name.value]
    case Kind.LIST:
      return value.values.map(each => literalOf(each, variables))
    case Kind.OBJECT:
      return Object.fromEntries(value.fields.map(field => [field.name.value, literalOf(field.value, variables)]))
    case Kind.NULL:
      return null
    case Kind.INT:
    case Kind.FLOAT:
      return Number(value.value)
    default:
      return value.value
  }
}

/** True where the field is read as a connection: `edges { node { … } }` or `nodes { … }`. */
export const isConnection = (field: FieldNode, document: DocumentNode): boolean =>
  fieldsOf(field.selectionSet, document).some(each => each.name.value === 'edges' || each.name.value === 'nodes')

/** The selection under `edges { node }` or `nodes`. */
export function nodeFields(field: FieldNode, document: DocumentNode): readonly FieldNode[] {
  const fields = fieldsOf(field.selectionSet, document)
  const direct = fields.find(each => each.name.value === 'nodes')
  if (direct !== undefined) return fieldsOf(direct.selectionSet, document)
  const edges = fields.find(each => each.name.value === 'edges')
  const node = fieldsOf(edges?.selectionSet, document).find(each => each.name.value === 'node')
  return fieldsOf(node?.selectionSet, document)
}

export class UnknownField extends Error {}

/** The selected part of a node; a field that the sandbox does not know is an error, as it is at Shopify. */
export function project(node: Node, fields: readonly FieldNode[], document: DocumentNode): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const field of fields) {
    const name = field.name.value
    if (!(name in node))
      throw new UnknownField(`Field '${name}' doesn't exist on type '${String(node.__typename ?? 'Object')}'`)
    out[outName(field)] = projectValue(chosen(node[name], argsOf(field, {})), field, document)
  }
  return out
}

/** Arguments that choose from a list: `first`, and the `names` of quantities. */
function chosen(value: unknown, args: Readonly<Record<string, unknown>>): unknown {
  if (!Array.isArray(value)) return value
  const named = Array.isArray(args.names)
    ? value.filter(each => (args.names as unknown[]).includes((each as Node).name))
    : value
  return typeof args.first === 'number' ? named.slice(0, args.first) : named
}

function projectValue(value: unknown, field: FieldNode, document: DocumentNode): unknown {
  if (value === null || field.selectionSet === undefined) return value
  if (isConnection(field, document)) {
    const fields = nodeFields(field, document)
    const nodes = (value as readonly Node[]).map(each => project(each, fields, document))
    return { edges: nodes.map(node => ({ node })), nodes, pageInfo: { hasNextPage: false, endCursor: null } }
  }
  const fields = fieldsOf(field.selectionSet, document)
  return Array.isArray(value)
    ? value.map(each => project(each as Node, fields, document))
    : project(value as Node, fields, document)
}
