import { constants, type KeyObject, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerFault, answerJson, type FaultList, readBody } from './faults.ts'
import { between, chance, pick } from './random.ts'
import { type NetsuiteTables, runSuiteql } from './suiteql.ts'

/** An invoice that changed at the instant (milliseconds since 1970). */
export const netsuiteInvoice = (seed: number, id: number, at: number): NetsuiteTables['transaction'][number] => {
  const total = between(100, 90_000, chance(seed, id, 'total')) / 100
  return {
    id,
    type: 'CustInvc',
    tranid: `INV${id}`,
    trandate: new Date(at),
    lastmodifieddate: new Date(at),
    entity: between(1, 900, chance(seed, id, 'entity')),
    otherrefnum: chance(seed, id, 'reference') < 0.2 ? null : `#${id}`,
    currency: between(1, 2, chance(seed, id, 'currency')),
    foreigntotal: total,
    foreignamountunpaid: chance(seed, id, 'paid') < 0.7 ? 0 : total,
    status: pick(['A', 'B'], chance(seed, id, 'status')),
    voided: 'F',
  }
}

export const netsuiteItem = (seed: number, id: number, at: number): NetsuiteTables['item'][number] => ({
  id,
  itemid: `HEMD-${id}`,
  displayname: chance(seed, id, 'named') < 0.2 ? null : `Hemd ${id}`,
  itemtype: 'InvtPart',
  upccode: null,
  isinactive: chance(seed, id, 'inactive') < 0.1 ? 'T' : 'F',
  lastmodifieddate: new Date(at),
})

export interface NetsuiteTerms {
  readonly tables: NetsuiteTables
  readonly clientId: string
  readonly certificateId: string
  readonly publicKey: KeyObject
  readonly faults: FaultList
  /** Milliseconds since 1970; a token lasts an hour of it. */
  readonly now: () => number
}

/** Rows that a query gives, however many there are. */
const mostRows = 100_000

/** An account's REST web services: tokens, and SuiteQL. */
export function netsuiteServer(terms: NetsuiteTerms): Server {
  const tokens = new Map<string, number>()
  return createServer((request, response) => {
    handle({ ...terms, tokens }, request, response).catch((error: unknown) =>
      refuse(response, 500, { code: 'UNEXPECTED_ERROR', detail: String(error) }),
    )
  })
}

type Account = NetsuiteTerms & { readonly tokens: Map<string, number> }

async function handle(account: Account, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  const body = await readBody(request)
  if (answerFault(account.faults.take(url.pathname), response)) return
  if (url.pathname === '/services/rest/auth/oauth2/v1/token') return grant(account, { url, body, response })
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (account.now() >= (account.tokens.get(token) ?? 0))
    return refuse(response, 401, { code: 'INVALID_LOGIN', detail: 'Invalid login attempt.' })
  if (url.pathname !== '/services/rest/query/v1/suiteql')
    return refuse(response, 404, { code: 'NONEXISTENT_RESOURCE', detail: 'Record type does not exist.' })
  if (request.headers.prefer !== 'transient')
    return refuse(response, 400, { code: 'INVALID_HEADER', detail: 'Header Prefer must be set to transient.' })
  answerQuery(account.tables, { url, q: (JSON.parse(body) as { readonly q: string }).q, response })
}

interface Query {
  readonly url: URL
  readonly q: string
  readonly response: ServerResponse
}

function answerQuery(tables: NetsuiteTables, { url, q, response }: Query): void {
  const limit = Number(url.searchParams.get('limit') ?? 1000)
  const offset = Number(url.searchParams.get('offset') ?? 0)
  const invalid = (detail: string): void => refuse(response, 400, { code: 'INVALID_PARAMETER', detail })
  if (!(limit >= 1 && limit <= 1000)) return invalid('Limit must be between 1 and 1000.')
  if (offset % limit !== 0) return invalid('Offset must be divisible by limit.')
  const result = runSuiteql(tables, q)
  if (typeof result === 'string') return invalid(`Invalid search query. ${result}`)
  const rows = result.rows.slice(0, mostRows)
  if (offset > 0 && offset >= rows.length)
    return refuse(response, 404, { code: 'NONEXISTENT_OFFSET', detail: 'Specified offset is out of bounds.' })
  const items = rows.slice(offset, offset + limit).map(result.show)
  const hasMore = offset + items.length < rows.length
  answerJson(response, 200, { links: [], count: items.length, hasMore, items, offset, totalResults: rows.length })
}

interface Granting {
  readonly url: URL
  readonly body: string
  readonly response: ServerResponse
}

function grant(account: Account, { url, body, response }: Granting): void {
  const asked = new URLSearchParams(body)
  const [head = '', claims = '', signature = ''] = (asked.get('client_assertion') ?? '').split('.')
  const read = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Readonly<Record<string, unknown>>
  const key = { key: account.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const isSigned = verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))
  const said = isSigned ? { ...read(head), ...read(claims) } : ({} as Readonly<Record<string, unknown>>)
  const fits =
    asked.get('grant_type') === 'client_credentials' &&
    said.alg === 'PS256' &&
    said.kid === account.certificateId &&
    said.iss === account.clientId &&
    said.aud === String(url) &&
    Number(said.exp) * 1000 > account.now() &&
    Number(said.exp) - Number(said.iat) < 3600
  if (!fits) return answerJson(response, 400, { error: 'invalid_request' })
  const token = `netsuite-token-${account.tokens.size + 1}`
  account.tokens.set(token, account.now() + 3_600_000)
  answerJson(response, 200, { access_token: token, expires_in: '3600', token_type: 'bearer' })
}

const refuse = (
  response: ServerResponse,
  status: number,
  { code, detail }: { readonly code: string; readonly detail: string },
): void =>
  answerJson(response, status, {
    type: 'https://www.rfc-editor.org/rfc/rfc9110.html',
    title: 'Error',
    status,
    'o:errorDetails': [{ detail, 'o:errorCode': code }],
  })
