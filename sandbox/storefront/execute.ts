import type { DocumentNode, FieldNode } from 'graphql'
import type { FaultList } from '../faults.ts'
import type { Writes } from '../journal.ts'
import { hasPayments } from '../payouts.ts'
import { gid, type Shop } from '../shops.ts'
import type { World } from '../world.ts'
import type { BulkDesk, BulkRun } from './bulk.ts'
import { fieldErrors } from './field-checks.ts'
import {
  type Asking,
  argsOf,
  fieldsOf,
  type Node,
  nodeFields,
  operationOf,
  outName,
  project,
  Refusal,
  type TopError,
} from './graphql.ts'
import { deleteMetafields, setMetafields } from './metafields.ts'
import { listedOperations, type OperationArgs, operationNode } from './operations.ts'
import { nodeOf, ownerOf } from './owners.ts'
import { countOf, pageOf } from './pages.ts'
import { innerNames, type ListName, type RootName, rootNames } from './roots.ts'
import type { Uploads } from './staged-uploads.ts'

export interface ShopTerms {
  readonly shop: Shop
  readonly world: () => World
  readonly writes: Writes
  readonly faults: FaultList
  readonly uploads: Uploads
}

export interface Execution extends Asking {
  readonly desk: BulkDesk
  /** Where links to results begin. */
  readonly base: string
}

export interface Answered {
  /** Undefined where an error ended the whole answer. */
  readonly data: Readonly<Record<string, unknown>> | undefined
  readonly errors: readonly TopError[]
  /** What `extensions.search` says of filters that were not understood. */
  readonly search: readonly unknown[]
}

/** Answers a text as the Admin API does: nothing of it is done when the schema does not know a field of it. */
export function execute(terms: ShopTerms, execution: Execution): Answered {
  const { document, variables } = execution
  const unknown = fieldErrors(document)
  if (unknown.length > 0) return { data: undefined, errors: unknown, search: [] }
  const data: Record<string, unknown> = {}
  const search: unknown[] = []
  try {
    for (const field of fieldsOf(operationOf(document).selectionSet, document)) {
      const args = argsOf(field, variables)
      data[outName(field)] = resolve(terms, { ...execution, field, args, search })
    }
    return { data, errors: [], search }
  } catch (error) {
    if (error instanceof Refusal) return { data: undefined, errors: error.errors, search }
    throw error
  }
}

interface Resolving extends Execution {
  readonly field: FieldNode
  readonly args: Readonly<Record<string, unknown>>
  readonly search: unknown[]
}

type Resolver = (terms: ShopTerms, resolving: Resolving) => Node | undefined

function resolve(terms: ShopTerms, resolving: Resolving): unknown {
  const { field, args, document } = resolving
  const name = field.name.value
  const root = rootNames.find(each => each === name)
  if (root !== undefined) return listed(terms, { ...resolving, root, path: [name] })
  if (name === 'shopifyPaymentsAccount') return paymentsAccount(terms, resolving)
  if (name === 'nodes') return (args.ids as readonly unknown[]).map(id => selected(nodeOf(terms, id), field, resolving))
  if (name === 'node') return selected(nodeOf(terms, args.id), field, resolving)
  if (name === 'bulkOperations') return operationsPage(resolving)
  return selected(resolvers[name]?.(terms, resolving), field, { document, variables: resolving.variables })
}

/** A page of a list, and what is to be said of its search. */
function listed(
  { world, shop }: ShopTerms,
  { root, path, ...resolving }: Resolving & { readonly root: ListName; readonly path: readonly string[] },
): unknown {
  const page = pageOf({ world: world(), shop, root }, resolving.field, resolving)
  const { warnings } = page
  if (warnings.length > 0) resolving.search.push({ path, query: resolving.args.query, parsed: {}, warnings })
  return page.value
}

/** Null where the shop is not paid by Shopify; its lists are paged. */
function paymentsAccount(terms: ShopTerms, resolving: Resolving): unknown {
  if (!hasPayments(terms.shop)) return null
  const { field: account, document, variables } = resolving
  return Object.fromEntries(
    fieldsOf(account.selectionSet, document).map(field => {
      const root = innerNames.find(name => name === field.name.value)
      const path = [account.name.value, field.name.value]
      const value =
        root === undefined
          ? gid('ShopifyPaymentsAccount', terms.shop.idBase / 1000)
          : listed(terms, { ...resolving, field, args: argsOf(field, variables), root, path })
      return [outName(field), value]
    }),
  )
}

const selected = (node: Node | undefined, field: FieldNode, asking: Asking): unknown =>
  node === undefined ? null : project(node, fieldsOf(field.selectionSet, asking.document), asking)

const begun = (run: BulkRun, base: string): Node =>
  'operation' in run
    ? { bulkOperation: operationNode(run.operation, base), userErrors: [] }
    : { bulkOperation: null, userErrors: run.errors }

const metafieldTerms = ({ shop, world, writes }: ShopTerms) => ({
  world: world(),
  shop,
  writes,
  server: `storefront.${shop.name}`,
})

const counted =
  (root: RootName): Resolver =>
  ({ world, shop }, { args }) => ({ ...countOf({ world: world(), shop, root }, args) })

/** What the app was granted. */
const scopes = [
  'read_orders',
  'read_returns',
  'read_all_orders',
  'read_customers',
  'write_customers',
  'read_products',
  'read_inventory',
  'read_discounts',
  'read_draft_orders',
  'read_locations',
  'read_companies',
  'read_shopify_payments_payouts',
]

/** What each root answers; lists and `nodes` stand for themselves. */
const resolvers: Readonly<Record<string, Resolver>> = {
  shop: ({ shop }) => ({
    id: gid('Shop', shop.idBase),
    name: shop.name,
    myshopifyDomain: shop.domain,
    currencyCode: shop.currency,
    ianaTimezone: shop.timeZone,
  }),
  currentAppInstallation: () => ({
    id: gid('AppInstallation', 1),
    accessScopes: scopes.map(handle => ({ handle, description: '' })),
  }),
  customer: (terms, { args }) => ownerOf(terms, args.id, 'Customer'),
  order: (terms, { args }) => ownerOf(terms, args.id, 'Order'),
  ordersCount: counted('orders'),
  customersCount: counted('customers'),
  productsCount: counted('products'),
  bulkOperationRunQuery: (_, { desk, args, base }) =>
    begun(desk.run(String(args.query), args.groupObjects === true), base),
  bulkOperationRunMutation: (_, { desk, args, base }) => begun(desk.mutate(args), base),
  bulkOperation: (_, { desk, args, base }) => {
    const found = desk.poll(String(args.id))
    return found && operationNode(found, base)
  },
  currentBulkOperation: (_, { desk, args, base }) => {
    const found = desk.all().findLast(({ type }) => type === (args.type ?? 'QUERY'))
    return found && operationNode(found, base)
  },
  bulkOperationCancel: (_, { desk, args, base }) => {
    const { operation, errors } = desk.cancel(String(args.id))
    return { bulkOperation: operation === undefined ? null : operationNode(operation, base), userErrors: errors }
  },
  stagedUploadsCreate: ({ uploads }, { args, base }) => ({
    stagedTargets: (args.input as readonly Readonly<Record<string, string>>[]).map(input =>
      uploads.target(input, base),
    ),
    userErrors: [],
  }),
  metafieldsSet: (terms, { args }) => setMetafields(metafieldTerms(terms), args.metafields as never) as unknown as Node,
  metafieldsDelete: (terms, { args }) =>
    deleteMetafields(metafieldTerms(terms), args.metafields as never) as unknown as Node,
}

function operationsPage(resolving: Resolving): unknown {
  const { desk, args, base, field, document } = resolving
  const fields = nodeFields(field, document)
  const nodes = listedOperations(desk, args as OperationArgs, base).map(node => project(node, fields, resolving))
  return { edges: nodes.map(node => ({ node })), nodes, pageInfo: { hasNextPage: false, endCursor: null } }
}

export const rootsOf = (document: DocumentNode): readonly string[] =>
  fieldsOf(operationOf(document).selectionSet, document).map(field => field.name.value)
