import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type DocumentNode, parse } from 'graphql'
import { answerFault, answerJson, readBody } from '../faults.ts'
import type { BulkDesk } from './bulk.ts'
import { download } from './download.ts'
import { execute, rootsOf, type ShopTerms } from './execute.ts'
import { topError, type Variables } from './graphql.ts'

export interface StorefrontTerms extends ShopTerms {
  readonly token: string
  readonly desk: BulkDesk
  readonly called: (operation: string) => void
}

const version = '2026-07'

/** One shop's Admin API, and the places where its bulk results and uploads lie. */
export const storefrontServer = (terms: StorefrontTerms): Server =>
  createServer((request, response) => {
    handle(terms, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else answerJson(response, 500, { errors: String(error) })
    })
  })

async function handle(terms: StorefrontTerms, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (url.pathname.startsWith('/bulk-results/')) return download(terms, request, response)
  if (url.pathname.startsWith('/staged-uploads/')) {
    terms.called('upload')
    return terms.uploads.receive(request, response)
  }
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
  return graphql(terms, response, { query, variables: variables ?? {}, base: `http://${request.headers.host}` })
}

interface Call {
  readonly query: string
  readonly variables: Variables
  readonly base: string
}

function graphql(terms: StorefrontTerms, response: ServerResponse, { query, variables, base }: Call): void {
  let document: DocumentNode
  try {
    document = parse(query)
  } catch (error) {
    return answerJson(response, 200, { errors: [topError('BAD_REQUEST', `syntax error, ${(error as Error).message}`)] })
  }
  const names = rootsOf(document)
  for (const name of names) terms.called(name)
  const fault = terms.faults.take(...names)
  if (answerFault(fault, response)) return
  const requested = Math.max(...names.map(name => costs[name] ?? 10))
  if (fault?.throttled === true)
    return answerJson(response, 200, {
      errors: [topError('THROTTLED', 'Throttled')],
      extensions: { cost: costOf(requested, null, 0) },
    })
  const { data, errors, search } = execute(terms, { document, variables, base, desk: terms.desk })
  if (fault?.applyThenDrop === true) return void response.destroy()
  const extensions = {
    cost: costOf(requested, requested, budget.maximumAvailable - requested),
    ...(search.length > 0 ? { search } : {}),
  }
  answerJson(response, 200, data === undefined ? { errors, extensions } : { data, extensions })
}

const budget = { maximumAvailable: 2000, restoreRate: 100 }
/** Points of a call; any other costs ten. */
const costs: Readonly<Record<string, number>> = { bulkOperation: 1, stagedUploadsCreate: 11 }

const costOf = (requested: number, actual: number | null, available: number): unknown => ({
  requestedQueryCost: requested,
  actualQueryCost: actual,
  throttleStatus: { ...budget, currentlyAvailable: available },
})
