import { type DocumentNode, type FieldNode, parse } from 'graphql'
import { gid, type Shop } from '../shops.ts'
import { strayAt, strayLine, strayMedia, strayParent } from '../truth.ts'
import type { World } from '../world.ts'
import {
  argsOf,
  fieldsOf,
  isConnection,
  type Node,
  nodeFields,
  operationOf,
  type Projector,
  projector,
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
  yield* strays(shop, { name, search, asked: children.map(each => each.name) })
}

/** One level of a result: what a line shows of its own, and the connections whose nodes follow it. */
interface Shape {
  readonly name: string
  readonly own: Projector
  readonly children: readonly Shape[]
}

function shapeOf(field: FieldNode, document: DocumentNode): Shape {
  const fields = nodeFields(field, document)
  return {
    name: field.name.value,
    own: projector(
      fields.filter(each => !isConnection(each, document)),
      { document, variables: {} },
    ),
    children: fields.filter(each => isConnection(each, document)).map(each => shapeOf(each, document)),
  }
}

function* childLines(parent: Node, { name, own, children }: Shape): Generator<ResultLine> {
  for (const child of parent[name] as readonly Node[]) {
    yield line({ ...own(child), __parentId: parent.id }, false)
    for (const below of children) yield* childLines(child, below)
  }
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
