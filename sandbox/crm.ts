import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerFault, answerJson, type FaultAction, type FaultList, readBody } from './faults.ts'
import type { Writes } from './journal.ts'

export interface CrmTerms {
  readonly server: string
  readonly portalId: number
  readonly token: string
  readonly writes: Writes
  readonly faults: FaultList
  /** The simulated clock, in milliseconds. */
  readonly now: () => number
  readonly called: (operation: string) => void
}

const most = 100
const unique = 'shop_customer_id'
const properties = [unique, 'email', 'firstname', 'lastname', 'loyalty_score', 'loyalty_tier']

interface Input {
  readonly id: string
  readonly idProperty?: string
  readonly objectWriteTraceId?: string
  readonly properties: Readonly<Record<string, string>>
}

/** A portal's contacts, as HubSpot's batch calls speak of them. */
export const crmServer = (terms: CrmTerms): Server =>
  createServer((request, response) => {
    handle(terms, request, response).catch((error: unknown) =>
      answerJson(response, 500, refusal('INTERNAL', String(error))),
    )
  })

const refusal = (category: string, message: string): unknown => ({
  status: 'error',
  message,
  correlationId: '5f1c0000-0000-4000-8000-000000000000',
  category,
})

async function handle(terms: CrmTerms, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
  terms.called(path)
  const body = await readBody(request)
  if (request.headers.authorization !== `Bearer ${terms.token}`)
    return answerJson(response, 401, refusal('INVALID_AUTHENTICATION', 'Authentication credentials not found.'))
  const fault = terms.faults.take(path)
  if (fault?.throttled === true)
    return answerJson(
      response,
      429,
      {
        status: 'error',
        message: 'You have reached your secondly limit.',
        errorType: 'RATE_LIMIT',
        correlationId: 'c',
        policyName: 'SECONDLY',
        requestId: 'r',
      },
      { 'x-hubspot-ratelimit-remaining': '0' },
    )
  if (answerFault(fault, response)) return
  if (path === '/account-info/v3/details')
    return answerJson(response, 200, { portalId: terms.portalId, accountType: 'STANDARD', timeZone: 'Europe/Berlin' })
  if (path === '/crm/v3/objects/contacts/batch/read') return read(terms, response, JSON.parse(body) as ReadBody)
  if (path === '/crm/v3/objects/contacts/batch/upsert')
    return upsert(terms, response, {
      inputs: (JSON.parse(body) as { readonly inputs: readonly Input[] }).inputs,
      fault,
    })
  answerJson(response, 404, refusal('OBJECT_NOT_FOUND', 'resource not found'))
}

function wholeRefusal(inputs: readonly Input[]): string | undefined {
  if (inputs.length > most) return `The maximum number of inputs is ${most}.`
  if (new Set(inputs.map(({ id }) => id)).size < inputs.length) return 'Duplicate IDs found in batch input'
  for (const { idProperty, properties: given } of inputs) {
    if (idProperty !== unique) return `idProperty ${String(idProperty)} is not a unique property of contacts`
    for (const [name, value] of Object.entries(given)) {
      if (!properties.includes(name))
        return `Property values were not valid: [{"isValid":false,"message":"Property \\"${name}\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"${name}"}]`
      if (typeof value !== 'string') return `Property ${name} must be a string`
      if (name === 'email' && value !== '' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value))
        return 'Property values were not valid: [{"isValid":false,"message":"Email address is invalid","error":"INVALID_EMAIL","name":"email"}]'
    }
  }
  return undefined
}

function upsert(
  { server, writes, now }: CrmTerms,
  response: ServerResponse,
  { inputs, fault }: { readonly inputs: readonly Input[]; readonly fault: FaultAction | undefined },
): void {
  const refused = wholeRefusal(inputs)
  if (refused !== undefined) return answerJson(response, 400, refusal('VALIDATION_ERROR', refused))
  const bad = inputs.filter(({ id }) => fault?.rejectIds?.includes(id) === true)
  const good = inputs.filter(input => !bad.includes(input))
  const fresh = new Set(good.filter(({ id }) => writes.held(server, id) === undefined).map(({ id }) => id))
  writes.keep(
    server,
    good.map(({ id, properties: given }) => ({ id, fields: given })),
  )
  if (fault?.applyThenDrop === true) {
    response.destroy()
    return
  }
  const at = new Date(now()).toISOString()
  const results = good.map(({ id }) => ({
    id: contactId(id),
    properties: { ...writes.held(server, id), [unique]: id },
    createdAt: at,
    updatedAt: at,
    archived: false,
    new: fresh.has(id),
  }))
  const base = { status: 'COMPLETE', results, startedAt: at, completedAt: at }
  if (bad.length === 0) return answerJson(response, 200, base)
  const errors = bad.map(({ id, objectWriteTraceId }) => ({
    status: 'error',
    category: fault?.code ?? 'VALIDATION_ERROR',
    message: fault?.message ?? 'The row was refused',
    context: {
      ids: [id],
      ...(objectWriteTraceId === undefined ? {} : { objectWriteTraceId: [objectWriteTraceId] }),
    },
  }))
  answerJson(response, 207, { ...base, numErrors: errors.length, errors })
}

const contactId = (id: string): string => id.replace(/\D/g, '').slice(-9)

interface ReadBody {
  readonly properties: readonly string[]
  readonly inputs: readonly { readonly id: string }[]
}

function read({ server, writes }: CrmTerms, response: ServerResponse, { inputs, properties: wanted }: ReadBody): void {
  const known = inputs.filter(({ id }) => writes.held(server, id) !== undefined)
  const results = known.map(({ id }) => {
    const held = { ...writes.held(server, id), [unique]: id } as Record<string, string>
    return {
      id: contactId(id),
      properties: Object.fromEntries(wanted.map(name => [name, held[name] ?? null])),
      archived: false,
    }
  })
  const missing = inputs.filter(input => !known.includes(input)).map(({ id }) => id)
  const base = { status: 'COMPLETE', results }
  answerJson(
    response,
    missing.length === 0 ? 200 : 207,
    missing.length === 0
      ? base
      : {
          ...base,
          numErrors: 1,
          errors: [
            {
              status: 'error',
              category: 'OBJECT_NOT_FOUND',
              message: 'Could not get some CONTACT objects, they may be deleted or not exist.',
              context: { ids: missing },
            },
          ],
        },
  )
}
