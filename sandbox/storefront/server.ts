import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type DocumentNode, type FieldNode, parse } from 'graphql'
import { answerFault, answerJson, type FaultList, readBody } from '../faults.ts'
import type { Writes } from '../journal.ts'
import { gid, type Shop } from '../shops.ts'
import type { World } from '../world.ts'
import type { BulkDesk, BulkOperation } from './bulk.ts'
import { bulkOperations, operationNode } from './bulk-node.ts'
import { download } from './download.ts'
import {
  argsOf,
  fieldsOf,
  type Node,
  nodeFields,
  operationOf,
  outName,
  project,
  type TopError,
  topError,
  UnknownField,
  type Variables,
} from './graphql.ts'
import { deleteMetafields, digestOf, setMetafields } from './metafields.ts'
import { type RootName, rootNames, rootNodes } from './roots.ts'
import { readSearch } from './search.ts'
import type { Uploads } from './staged-uploads.ts'

export interface StorefrontTerms {
  readonly shop: Shop
  readonly token: string
  readonly world: () => World
  readonly desk: BulkDesk
  readonly writes: Writes
  readonly faults: FaultList
  readonly uploads: Uploads
  readonly called: (operation: string) => void
}

const version = '2026-07'
const budget = { maximumAvailable: 2000, restoreRate: 100 }

/** One shop's Admin API, and the place where its bulk results lie. */
export function storefrontServer(terms: StorefrontTerms): Server {
  const self = createServer((request, response) => {
    handle(terms, request, response).catch((error: unknown) => {
      if (!response.headersSent) answerJson(response, 500, { errors: String(error) })
      else response.destroy()
    })
  })
  return self
}

async function handle(terms: StorefrontTerms, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (url.pathname.startsWith('/bulk-results/')) return download(terms, request, response)
  if (url.pathname.startsWith('/staged-uploads/')) return terms.uploads.receive(request, response)
  if (url.pathname !== `/admin/api/${version}/graphql.json` || request.method !== 'POST')
    return answerJson(response, 404, { errors: 'Not Found' })
  if (request.headers['x-shopify-access-token'] !== terms.token)
    return answerJson(response, 401, {
      errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
    })
  const { query, variables } = JSON.parse(await readBody(request)) as {
    readonly query: string
    readonly variables?: Variables
  }
  const base = `http://${request.headers.host}`
  return graphql(terms, response, { query, variables: variables ?? {}, base })
}

interface Call {
  readonly query: string
  readonly variables: Variables
  readonly base: string
}

function graphql(terms: StorefrontTerms, response: ServerResponse, call: Call): void {
  let document: DocumentNode
  try {
    document = parse(call.query)
  } catch (error) {
    return answerJson(response, 200, { errors: [topError('BAD_REQUEST', `syntax error, ${(error as Error).message}`)] })
  }
  const fields = fieldsOf(operationOf(document).selectionSet, document)
  const names = fields.map(field => field.name.value)
  for (const name of names) terms.called(name)
  const fault = terms.faults.take(...names)
  if (answerFault(fault, response)) return
  const requested = names.includes('bulkOperation') ? 1 : 10
  if (fault?.throttled === true)
    return answerJson(response, 200, {
      errors: [topError('THROTTLED', 'Throttled')],
      extensions: { cost: costOf(requested, null, 0) },
    })
  const answer = execute(terms, { fields, document, call })
  if (fault?.applyThenDrop === true) {
    response.destroy()
    return
  }
  const extensions = {
    cost: costOf(requested, requested, budget.maximumAvailable - requested),
    ...(answer.search.length > 0 ? { search: answer.search } : {}),
  }
  answerJson(
    response,
    200,
    answer.errors.length > 0 ? { errors: answer.errors, extensions } : { data: answer.data, extensions },
  )
}

const costOf = (requested: number, actual: number | null, available: number): unknown => ({
  requestedQueryCost: requested,
  actualQueryCost: actual,
  throttleStatus: { ...budget, currentlyAvailable: available },
})

interface Execution {
  readonly fields: readonly FieldNode[]
  readonly document: DocumentNode
  readonly call: Call
}

interface Answered {
  readonly data: Readonly<Record<string, unknown>>
  readonly errors: readonly TopError[]
  readonly search: readonly unknown[]
}

function execute(terms: StorefrontTerms, { fields, document, call }: Execution): Answered {
  const data: Record<string, unknown> = {}
  const search: unknown[] = []
  try {
    for (const field of fields)
      data[outName(field)] = resolve(terms, { field, document, args: argsOf(field, call.variables), call, search })
    return { data, errors: [], search }
  } catch (error) {
    if (error instanceof UnknownField) return { data: {}, errors: [topError('undefinedField', error.message)], search }
    throw error
  }
}

interface Resolving {
  readonly field: FieldNode
  readonly document: DocumentNode
  readonly args: Readonly<Record<string, unknown>>
  readonly call: Call
  readonly search: unknown[]
}

function resolve(terms: StorefrontTerms, resolving: Resolving): unknown {
  const { field, document, args, call } = resolving
  const { shop, desk } = terms
  const metafieldTerms = { world: terms.world(), shop, writes: terms.writes, server: `storefront.${shop.name}` }
  const selected = (node: Node | undefined | null): unknown =>
    node === undefined || node === null ? null : project(node, fieldsOf(field.selectionSet, document), document)
  switch (field.name.value) {
    case 'shop':
      return selected({
        id: gid('Shop', shop.idBase),
        name: shop.name,
        myshopifyDomain: shop.domain,
        currencyCode: shop.currency,
        ianaTimezone: shop.timeZone,
      })
    case 'bulkOperationRunQuery': {
      const done = desk.run(String(args.query), args.groupObjects === true)
      return selected(
        'operation' in done
          ? { bulkOperation: operationNode(done.operation, call.base), userErrors: [] }
          : { bulkOperation: null, userErrors: done.errors },
      )
    }
    case 'bulkOperationRunMutation': {
      const done = desk.mutate(args)
      return selected(
        'operation' in done
          ? { bulkOperation: operationNode(done.operation, call.base), userErrors: [] }
          : { bulkOperation: null, userErrors: done.errors },
      )
    }
    case 'stagedUploadsCreate': {
      const inputs = args.input as readonly Readonly<Record<string, string>>[]
      return selected({ stagedTargets: inputs.map(input => terms.uploads.target(input, call.base)), userErrors: [] })
    }
    case 'bulkOperation': {
      const found = desk.poll(String(args.id))
      return selected(found === undefined ? null : operationNode(found, call.base))
    }
    case 'currentBulkOperation':
      return selected(
        desk.all().at(-1) === undefined ? null : operationNode(desk.all().at(-1) as BulkOperation, call.base),
      )
    case 'bulkOperations':
      return bulkOperations(desk, resolving, call.base)
    case 'bulkOperationCancel': {
      const { operation, errors } = desk.cancel(String(args.id))
      return selected({
        bulkOperation: operation === undefined ? null : operationNode(operation, call.base),
        userErrors: errors,
      })
    }
    case 'metafieldsSet':
      return selected(setMetafields(metafieldTerms, args.metafields as never) as unknown as Node)
    case 'metafieldsDelete':
      return selected(deleteMetafields(metafieldTerms, args.metafields as never) as unknown as Node)
    case 'nodes':
      return (args.ids as readonly string[]).map(id => ownerNode(terms, id)).map(selected)
    case 'customer':
      return selected(ownerNode(terms, String(args.id)))
    case 'ordersCount':
    case 'customersCount':
    case 'productsCount':
      return selected({ count: countOf(terms, field.name.value.replace('Count', '') as RootName), precision: 'EXACT' })
    default:
      return list(terms, resolving)
  }
}

function ownerNode({ shop, writes }: StorefrontTerms, id: string): Node | undefined {
  if (!/^gid:\/\/shopify\/Customer\/[0-9]+$/.test(id)) return undefined
  const held = Object.entries(writes.held(`storefront.${shop.name}`, id) ?? {})
  const metafields = held.map(([field, value]) => ({
    __typename: 'Metafield',
    id: `gid://shopify/Metafield/${field}`,
    namespace: field.split('.')[0],
    key: field.split('.')[1],
    value,
    compareDigest: digestOf(value),
  }))
  return { __typename: 'Customer', id, metafields, metafield: metafields[0] ?? null }
}

function countOf({ world, shop }: StorefrontTerms, root: RootName): number {
  let n = 0
  for (const _ of rootNodes(world(), shop, { root, search: readSearch(root, '') })) n += 1
  return n
}

/** A page of a list root. */
function list({ world, shop }: StorefrontTerms, { field, document, args, search }: Resolving): unknown {
  const root = rootNames.find(each => each === field.name.value)
  if (root === undefined) throw new UnknownField(`Field '${field.name.value}' doesn't exist on type 'QueryRoot'`)
  const read = readSearch(root, String(args.query ?? ''))
  if (read.warnings.length > 0) search.push({ path: [root], query: args.query, parsed: {}, warnings: read.warnings })
  const first = Number(args.first ?? 10)
  const skip =
    args.after === undefined || args.after === null ? 0 : Number(Buffer.from(String(args.after), 'base64').toString())
  const fields = nodeFields(field, document)
  const nodes: unknown[] = []
  let n = 0
  let more = false
  for (const node of rootNodes(world(), shop, { root, search: read })) {
    if (n++ < skip) continue
    if (nodes.length === first) {
      more = true
      break
    }
    nodes.push(project(node, fields, document))
  }
  return {
    edges: nodes.map(node => ({ node })),
    nodes,
    pageInfo: { hasNextPage: more, endCursor: Buffer.from(String(skip + nodes.length)).toString('base64') },
  }
}

/** Does one line of a bulk mutation: the same as if it had been called by itself. */
export function performMutation(terms: Omit<StorefrontTerms, 'desk'>, mutation: string, variables: Variables): unknown {
  const document = parse(mutation)
  const fields = fieldsOf(operationOf(document).selectionSet, document)
  const call = { query: mutation, variables, base: '' }
  return execute(terms as StorefrontTerms, { fields, document, call }).data
}
