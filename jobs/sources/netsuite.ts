import { constants, sign } from 'node:crypto'
import type { Connection } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { flagOf, naiveUtc } from '../../contracts/forms.ts'
import { dayMs } from '../../contracts/instant.ts'
import { netsuiteInvoice } from '../../contracts/netsuite/invoice.ts'
import { netsuiteItem } from '../../contracts/netsuite/item.ts'
import { at, textAt } from '../../contracts/paths.ts'
import { baseUrl, type HttpRequest } from '../../sinks/send.ts'
import { granted, secretsOf } from './paged/signature.ts'
import { type Slice, secondText } from './paged/slice.ts'
import type { Api, Ask } from './paged/terms.ts'
import { checkPaged, pagedObject } from './paged.ts'
import { type Claim, claimOf, type Source, type SourceObject } from './source.ts'

const api: Api = {
  vendor: 'NetSuite',
  sign: granted(tokenRequest),
  rights:
    'Give the integration’s role Log in using OAuth 2.0, REST Web Services, SuiteAnalytics Workbook and View of transactions and items.',
  refusal: body => textAt(body, 'o:errorDetails.0.o:errorCode') ?? textAt(body, 'o:errorCode'),
  answerMs: 5 * 60 * 1000,
}

/** The path, and the most that NetSuite gives: rows a page, and rows a query without SuiteAnalytics Connect (NetSuite help, Collection Paging). */
const suiteql = '/services/rest/query/v1/suiteql'
const [pageRows, queryRows] = [1_000, 100_000]

const ask = (q: string): Ask => ({
  path: suiteql,
  query: { limit: String(pageRows), offset: '0' },
  headers: { prefer: 'transient' },
  body: { q },
})

interface Query {
  /** Of what is selected, `id` and `changed_at` are read here. */
  readonly select: string
  readonly from: string
  readonly where: string
  /** The table's own name in `from`. */
  readonly table: string
}

/**
 * The rows in the order of their ids, each page beginning after the last id: an offset would shift under a row that changes meanwhile.
 * Times carry no zone: the integration's user must have GMT as its time zone. Each interval reaches a day back, more than any zone is off.
 */
const rows = (name: string, claim: Claim, query: Query): SourceObject =>
  pagedObject({
    name,
    api,
    claims: [claim],
    overlapMs: dayMs,
    time: 'changed',
    ask: (slice, { after }) =>
      ask(
        `SELECT ${query.select} FROM ${query.from} WHERE ${conditions(query, slice, after)} ORDER BY ${query.table}.id`,
      ),
    records: 'items',
    paging: { kind: 'after', key: 'id', more: ({ body }) => at(body, 'hasMore') === true },
    count: ({ body }, before) => before + Number(at(body, 'totalResults')),
    most: queryRows,
    halving: 'time and ids',
  })

function conditions({ where, table }: Query, { from, to, ids }: Slice, after: string | undefined): string {
  const second = (at: number): string => `TO_DATE('${secondText(at).replace('T', ' ')}', 'YYYY-MM-DD HH24:MI:SS')`
  return [
    where,
    `${table}.lastmodifieddate >= ${second(from)}`,
    ...(to === undefined ? [] : [`${table}.lastmodifieddate < ${second(to)}`]),
    ...(ids === undefined ? [] : [`${table}.id >= ${ids.from}`, `${table}.id <= ${ids.to}`]),
    ...(after === undefined ? [] : [`${table}.id > ${Number(after)}`]),
  ].join(' AND ')
}

const instant = (column: string): string => `TO_CHAR(${column}, 'YYYY-MM-DD"T"HH24:MI:SS') AS changed_at`
/** Oracle's own text of a number may lack the zero before its point, or have an exponent. */
const amount = (column: string, name: string): string => `TO_CHAR(${column}, 'FM99999999999990.0000') AS ${name}`

const invoices = rows(
  'netsuite.invoices',
  claimOf(netsuiteInvoice, {
    fields: {
      invoice_id: 'id',
      number: 'tranid',
      invoiced_on: 'trandate',
      changed_at: 'changed_at',
      customer_id: 'entity',
      order_reference: 'otherrefnum',
      currency: 'currency',
      total: 'total',
      unpaid: 'unpaid',
      status: 'status',
      voided: 'voided',
    },
    forms: { changed_at: naiveUtc, voided: flagOf('T', 'F') },
  }),
  {
    select: `t.id, t.tranid, TO_CHAR(t.trandate, 'YYYY-MM-DD') AS trandate, ${instant('t.lastmodifieddate')}, t.entity, t.otherrefnum, c.symbol AS currency, ${amount('t.foreigntotal', 'total')}, ${amount('t.foreignamountunpaid', 'unpaid')}, t.status, t.voided`,
    from: 'transaction t JOIN currency c ON c.id = t.currency',
    where: "t.type = 'CustInvc'",
    table: 't',
  },
)

const items = rows(
  'netsuite.items',
  claimOf(netsuiteItem, {
    fields: {
      item_id: 'id',
      code: 'itemid',
      name: 'displayname',
      kind: 'itemtype',
      upc: 'upccode',
      inactive: 'isinactive',
      changed_at: 'changed_at',
    },
    forms: { changed_at: naiveUtc, inactive: flagOf('T', 'F') },
  }),
  {
    select: `i.id, i.itemid, i.displayname, i.itemtype, i.upccode, i.isinactive, ${instant('i.lastmodifieddate')}`,
    from: 'item i',
    where: 'i.id > 0',
    table: 'i',
  },
)

/** The ERP by its REST web services. Each account has a host of its own. */
export const netsuite: Source = {
  name: 'netsuite',
  objects: [invoices, items],
  check: checkPaged(api, { ask: ask('SELECT c.id FROM currency c WHERE c.id = 1 ORDER BY c.id') }),
}

/**
 * OAuth 2.0 client credentials: a certificate's key signs for the integration; a token lasts an hour
 * (NetSuite help, The Request Token Structure; POST Request to the Token Endpoint).
 */
function tokenRequest(ctx: Context, connection: Connection): HttpRequest {
  const names = ['clientId', 'certificateId', 'privateKey'] as const
  const { clientId, certificateId, privateKey } = secretsOf(ctx, connection, { names, fresh: true })
  const url = `${baseUrl(ctx, connection)}/services/rest/auth/oauth2/v1/token`
  const iat = Math.floor(ctx.now().getTime() / 1000)
  const claims = { iss: clientId, scope: 'rest_webservices', aud: url, iat, exp: iat + 300 }
  const unsigned = [{ typ: 'JWT', alg: 'PS256', kid: certificateId }, claims]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const assertion = `${unsigned}.${sign('sha256', Buffer.from(unsigned), pss).toString('base64url')}`
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  }
}
