import { type DocumentNode, type FieldNode, Kind, parse, type SelectionNode, type SelectionSetNode } from 'graphql'
import { gid, type Shop } from '../shops.ts'
import { strayAt, strayLine, strayMedia, strayParent } from '../truth.ts'
import type { World } from '../world.ts'
import {
  argsOf,
  fieldsOf,
  isConnection,
  isElse,
  type Node,
  nodeFields,
  operationOf,
  type Projector,
  projector,
  type Selected,
} from './graphql.ts'
import { type RootName, rootNodes } from './roots.ts'
import { numberOf, type Range, readSearch, type Search } from './search.ts'

export interface ResultLine {
  readonly text: string
  readonly root: boolean
}

/** How many roots come before their children when objects are not grouped. */
const block = 50
const line = (value: unknown, root: boolean): ResultLine => ({
  text: `${JSON.stringify(value).replaceAll('/', '\\/')}\n`,
  root,
})

/** The result of a bulk query, line by line, as of the world's day; slashes are escaped as Shopify escapes them. */
export function* bulkLines(
  world: World,
  shop: Shop,
  { query, grouped }: { readonly query: string; readonly grouped: boolean },
): Generator<ResultLine> {
  const document = parse(query)
  const root = fieldsOf(operationOf(document).selectionSet, document)[0] as FieldNode
  const name = root.name.value as RootName
  const search = readSearch(name, String(argsOf(root, {}).query ?? ''))
  const { own, children } = shapeOf(root, document)
  let waiting: ResultLine[] = []
  let roots = 0
  for (const node of rootNodes(world, shop, { root: name, search })) {
    yield line(own(node), true)
    for (const child of children) {
      if (grouped) yield* childLines(node, child)
      else waiting.push(...childLines(node, child))
    }
    roots += 1
    if (roots % block === 0) {
      yield* waiting
      waiting = []
    }
  }
  yield* waiting
  yield* strays(shop, { name, search, asked: children.map(({ way }) => way.at(-1)?.name.value ?? '') })
}

/** One level of a result: what a line shows of its own, and the connections whose nodes follow it. */
interface Shape {
  /** The way to the connection from the line around it, which may lead through objects. */
  readonly way: readonly Selected[]
  readonly own: Projector
  readonly children: readonly Shape[]
}

function shapeOf(field: Selected, document: DocumentNode, before: readonly Selected[] = []): Shape {
  const fields = nodeFields(field, document)
  return {
    way: [...before, field],
    own: projector(withoutConnections(fields, document), { document, variables: {} }),
    children: connectionsIn(fields, document),
  }
}

const connectionsIn = (
  fields: readonly Selected[],
  document: DocumentNode,
  before: readonly Selected[] = [],
): readonly Shape[] =>
  fields.flatMap(field =>
    isConnection(field, document)
      ? [shapeOf(field, document, before)]
      : connectionsIn(fieldsOf(field.selectionSet, document), document, [...before, field]),
  )

/** The same fields without the connections among and inside them: those get lines of their own. */
const withoutConnections = (fields: readonly Selected[], document: DocumentNode): readonly Selected[] =>
  fields
    .filter(field => !isConnection(field, document))
    .map(field =>
      field.selectionSet === undefined ? field : { ...field, selectionSet: bare(field.selectionSet, document) },
    )

const bare = (set: SelectionSetNode, document: DocumentNode): SelectionSetNode => ({
  ...set,
  selections: set.selections.flatMap((each): readonly SelectionNode[] => {
    if (each.kind === Kind.FIELD) return withoutConnections([each], document)
    return each.kind === Kind.INLINE_FRAGMENT ? [{ ...each, selectionSet: bare(each.selectionSet, document) }] : [each]
  }),
})

function* childLines(parent: Node, { way, own, children }: Shape): Generator<ResultLine> {
  for (const child of heldBy(parent, way)) {
    yield line({ ...own(child), __parentId: parent.id }, false)
    for (const below of children) yield* childLines(child, below)
  }
}

/** The nodes of a connection; none where the way to it ends early, or leads through a fragment of another type. */
function heldBy(parent: Node, way: readonly Selected[]): readonly Node[] {
  let here: Node | null = parent
  for (const field of way) {
    if (here === null || isElse(field, here)) return []
    here = here[field.name.value] as Node | null
  }
  return (here ?? []) as unknown as readonly Node[]
}

const within = ({ from, to }: Range, n: number): boolean => n >= from && n < to

/** A line below an order that is not in the result, and one of a kind that nobody asked for. */
function* strays(
  shop: Shop,
  { name, search, asked }: { readonly name: RootName; readonly search: Search; readonly asked: readonly string[] },
): Generator<ResultLine> {
  const parent = name === 'orders' ? strayParent(shop) : gid('Product', shop.idBase / 1000)
  if (!within(search.updated, strayAt) || !within(search.ids, numberOf({ id: parent }))) return
  const bag = { shopMoney: { amount: '1.0' } }
  if (name === 'orders' && asked.includes('lineItems'))
    yield line(
      {
        id: strayLine(shop),
        sku: 'AB100-S',
        title: 'Stray',
        quantity: 1,
        currentQuantity: 1,
        variant: null,
        product: null,
        originalUnitPriceSet: bag,
        originalTotalSet: bag,
        discountedTotalSet: bag,
        __parentId: parent,
      },
      false,
    )
  if (name === 'products' && asked.includes('variants'))
    yield line(
      {
        id: strayMedia(shop),
        alt: 'Stray',
        mediaContentType: 'IMAGE',
        __parentId: parent,
      },
      false,
    )
}
