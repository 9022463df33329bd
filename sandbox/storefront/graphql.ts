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

/** Ends the whole answer: errors at its top, and no data. */
export class Refusal extends Error {
  readonly errors: readonly TopError[]
  constructor(...errors: readonly TopError[]) {
    super(errors.map(({ message }) => message).join(' '))
    this.errors = errors
  }
}

/** A text and the values of its variables. */
export interface Asking {
  readonly document: DocumentNode
  readonly variables: Variables
}

export const operationOf = (document: DocumentNode): OperationDefinitionNode =>
  document.definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode

/** A field that is selected; `on` names the type behind whose fragment it stands. */
export interface Selected extends FieldNode {
  readonly on?: string
}

/** The fields of a selection with fragments laid open. */
export function fieldsOf(set: SelectionSetNode | undefined, document: DocumentNode): readonly Selected[] {
  return (set?.selections ?? []).flatMap(selection => {
    if (selection.kind === Kind.FIELD) return [selection]
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const on = selection.typeCondition?.name.value
      const fields = fieldsOf(selection.selectionSet, document)
      return on === undefined ? fields : fields.map(field => ({ on, ...field }))
    }
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
export function nodeFields(field: FieldNode, document: DocumentNode): readonly Selected[] {
  const fields = fieldsOf(field.selectionSet, document)
  const direct = fields.find(each => each.name.value === 'nodes')
  if (direct !== undefined) return fieldsOf(direct.selectionSet, document)
  const edges = fields.find(each => each.name.value === 'edges')
  const node = fieldsOf(edges?.selectionSet, document).find(each => each.name.value === 'node')
  return fieldsOf(node?.selectionSet, document)
}

/** True where a fragment is of another type than the node; a node that does not say its type is of any. */
export const isElse = ({ on }: Selected, { __typename: type }: Node): boolean =>
  on !== undefined && type !== undefined && on !== type

/** Takes the selected part of a node; a field that the sandbox does not know is an error, as it is at Shopify. */
export type Projector = (node: Node) => Record<string, unknown>

/** Reads a selection once, for many nodes. */
export function projector(fields: readonly Selected[], asking: Asking): Projector {
  const steps = fields.map(field => ({
    field,
    name: field.name.value,
    out: outName(field),
    value: valueProjector(field, asking),
    choose: chooser(field, asking),
  }))
  return node => {
    const out: Record<string, unknown> = {}
    for (const { field, name, out: as, value, choose } of steps) {
      if (isElse(field, node)) continue
      const found = node[name]
      if (found === undefined && !(name in node))
        throw new Refusal(
          topError('undefinedField', `Field '${name}' doesn't exist on type '${String(node.__typename ?? 'Object')}'`),
        )
      out[as] = value(choose === undefined ? found : choose(found))
    }
    return out
  }
}

export const project = (node: Node, fields: readonly Selected[], asking: Asking): Record<string, unknown> =>
  projector(fields, asking)(node)

/** What arguments choose: `first` of a list, the `names` of quantities, the `namespace` of metafields, the one metafield of a `key`. */
function chooser(field: FieldNode, { variables }: Asking): ((value: unknown) => unknown) | undefined {
  if (field.arguments === undefined || field.arguments.length === 0) return undefined
  const { names, namespace, key, first } = argsOf(field, variables)
  const one = field.name.value === 'metafield'
  return value => {
    if (!Array.isArray(value)) return value
    const kept = (value as readonly Node[]).filter(
      each =>
        (!Array.isArray(names) || names.includes(each.name)) &&
        (typeof namespace !== 'string' || each.namespace === namespace) &&
        (typeof key !== 'string' || each.key === key),
    )
    return one ? (kept[0] ?? null) : typeof first === 'number' ? kept.slice(0, first) : kept
  }
}

function valueProjector(field: FieldNode, asking: Asking): (value: unknown) => unknown {
  if (field.selectionSet === undefined) return value => value
  if (isConnection(field, asking.document)) {
    const take = projector(nodeFields(field, asking.document), asking)
    return value => {
      const nodes = (value as readonly Node[]).map(take)
      return { edges: nodes.map(node => ({ node })), nodes, pageInfo: { hasNextPage: false, endCursor: null } }
    }
  }
  const take = projector(fieldsOf(field.selectionSet, asking.document), asking)
  return value => {
    if (value === null) return null
    return Array.isArray(value) ? value.map(each => take(each as Node)) : take(value as Node)
  }
}
