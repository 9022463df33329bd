import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { elementOf, fieldsOfType, shownType } from './fields.ts'
import { type TopError, topError } from './graphql.ts'

/** The arguments that a root takes; those marked `!` it must be given. Roots that are not named here take any. */
const rootArguments: Readonly<Record<string, string>> = {
  bulkOperationRunQuery: 'query! groupObjects',
  bulkOperationRunMutation: 'mutation! stagedUploadPath! clientIdentifier groupObjects',
  bulkOperation: 'id!',
  bulkOperationCancel: 'id!',
  bulkOperations: 'first last after before reverse sortKey query',
  stagedUploadsCreate: 'input!',
  metafieldsSet: 'metafields!',
  metafieldsDelete: 'metafields!',
  customer: 'id!',
  order: 'id!',
  priceLists: 'first after last before reverse sortKey',
  nodes: 'ids!',
  ordersCount: 'query limit savedSearchId',
  customersCount: 'query limit',
  productsCount: 'query limit savedSearchId',
}

/** What the schema says to a text: fields that a type lacks, selections that are missing, arguments that a root does not take. */
export function fieldErrors(document: DocumentNode): readonly TopError[] {
  return document.definitions
    .filter((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION)
    .flatMap(operation => {
      const type = operation.operation === 'mutation' ? 'Mutation' : 'QueryRoot'
      return [
        ...operation.selectionSet.selections.flatMap(each => (each.kind === Kind.FIELD ? argumentErrors(each) : [])),
        ...selectionErrors(operation.selectionSet, { type, document }),
      ]
    })
}

interface Place {
  readonly type: string
  readonly document: DocumentNode
}

function selectionErrors(set: SelectionSetNode, { type, document }: Place): readonly TopError[] {
  return set.selections.flatMap(each => {
    if (each.kind === Kind.FIELD) return oneField(each, { type, document })
    if (each.kind === Kind.INLINE_FRAGMENT)
      return selectionErrors(each.selectionSet, { type: each.typeCondition?.name.value ?? type, document })
    const fragment = document.definitions.find(
      (one): one is FragmentDefinitionNode =>
        one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === each.name.value,
    )
    return fragment === undefined
      ? [topError('useAndDefineFragment', `Fragment ${each.name.value} was used, but not defined`)]
      : selectionErrors(fragment.selectionSet, { type: fragment.typeCondition.name.value, document })
  })
}

function oneField(field: FieldNode, { type, document }: Place): readonly TopError[] {
  const name = field.name.value
  if (name === '__typename') return []
  const found = fieldsOfType(type)?.[name]
  if (found === undefined)
    return [topError('undefinedField', `Field '${name}' doesn't exist on type '${shownType(type)}'`)]
  if (found === '')
    return field.selectionSet === undefined
      ? []
      : [
          topError(
            'selectionMismatch',
            `Selections can't be made on scalars (field '${name}' returns a scalar but has selections)`,
          ),
        ]
  if (field.selectionSet === undefined)
    return [
      topError(
        'selectionMismatch',
        `Field must have selections (field '${name}' returns ${shownType(found)} but has no selections. Did you mean '${name} { ... }'?)`,
      ),
    ]
  return selectionErrors(field.selectionSet, { type: elementOf(found), document })
}

function argumentErrors(field: FieldNode): readonly TopError[] {
  const name = field.name.value
  const known = rootArguments[name]?.split(' ')
  if (known === undefined) return []
  const given = (field.arguments ?? []).map(each => each.name.value)
  const missing = known.filter(each => each.endsWith('!') && !given.includes(each.slice(0, -1)))
  return [
    ...given
      .filter(each => !known.some(one => one.replace('!', '') === each))
      .map(each => topError('argumentNotAccepted', `Field '${name}' doesn't accept argument '${each}'`)),
    ...(missing.length > 0
      ? [
          topError(
            'missingRequiredArguments',
            `Field '${name}' is missing required arguments: ${missing.map(each => each.slice(0, -1)).join(', ')}`,
          ),
        ]
      : []),
  ]
}
