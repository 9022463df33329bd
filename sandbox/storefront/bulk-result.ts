import { type DocumentNode, type FieldNode, parse } from 'graphql'
import type { Shop } from '../shops.ts'
import { strayAt, strayLine, strayMedia, strayParent } from '../truth.ts'
import type { World } from '../world.ts'
import { argsOf, fieldsOf, isConnection, type Node, nodeFields, operationOf, project } from './graphql.ts'
import { type RootName, rootNodes } from './roots.ts'
import { readSearch, type Search } from './search.ts'

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
  const shape = shapeOf(root, document)
  let waiting: ResultLine[] = []
  let roots = 0
  for (const node of rootNodes(world, shop, { root: name, search })) {
    yield line(project(node, shape.own, document), true)
    const children = shape.children.flatMap(child => childLines(node, child, document))
    if (grouped) yield* children
    else waiting.push(...children)
    roots += 1
    if (roots % block === 0) {
      yield* waiting
      waiting = []
    }
  }
  yield* waiting
  yield* strays(shop, { name, search, hasChildren: shape.children.length > 0 })
}

interface Shape {
  readonly own: readonly FieldNode[]
  readonly children: readonly FieldNode[]
}

function shapeOf(root: FieldNode, document: DocumentNode): Shape {
  const fields = nodeFields(root, document)
  return {
    own: fields.filter(field => !isConnection(field, document)),
    children: fields.filter(field => isConnection(field, document)),
  }
}

function childLines(parent: Node, field: FieldNode, document: DocumentNode): readonly ResultLine[] {
  const shape = { own: nodeFields(field, document).filter(each => !isConnection(each, document)) }
  return (parent[field.name.value] as readonly Node[]).map(child =>
    line({ ...project(child, shape.own, document), __parentId: parent.id }, false),
  )
}

/** A line below an order that is not in the result, and one of a kind that nobody asked for. */
function* strays(
  shop: Shop,
  { name, search, hasChildren }: { readonly name: RootName; readonly search: Search; readonly hasChildren: boolean },
): Generator<ResultLine> {
  if (!hasChildren || strayAt < search.from || strayAt >= search.to) return
  const bag = { shopMoney: { amount: '1.0' } }
  if (name === 'orders')
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
        __parentId: strayParent(shop),
      },
      false,
    )
  if (name === 'products')
    yield line(
      {
        id: strayMedia(shop),
        alt: 'Stray',
        mediaContentType: 'IMAGE',
        __parentId: `gid://shopify/Product/${shop.idBase / 1000}`,
      },
      false,
    )
}
