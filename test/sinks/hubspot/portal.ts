import type { Json } from '../../../contracts/context.ts'
import { type Asked, type Reaction, type Vendor, vendor } from '../outside.ts'

export interface Input {
  readonly id: string
  readonly idProperty: string
  readonly objectWriteTraceId: string
  readonly properties: Readonly<Record<string, string>>
}

export interface Portal extends Vendor {
  readonly held: Map<string, Map<string, string>>
  /** Answers a call in the portal's stead; undefined leaves it to the portal. */
  bend: (inputs: readonly Input[], nth: number) => Reaction | undefined
}

export const id = (n: number): string => `gid://shopify/Customer/${1000 + n}`
export const stranger = id(8_999)
const properties = ['shop_customer_id', 'email', 'loyalty_score', 'loyalty_tier']

/** A portal that takes a hundred contacts at once, refuses some whole calls and some single rows. */
export async function portalOf(): Promise<Portal> {
  const held: Portal['held'] = new Map()
  let calls = 0
  const server = await vendor(asked => {
    if (asked.path.startsWith('/account-info')) return { body: { portalId: 4711, accountType: 'STANDARD' } }
    if (asked.path.endsWith('/read')) return read(asked, held)
    return portal.bend(inputsOf(asked), ++calls) ?? upsert(inputsOf(asked), held)
  })
  const portal: Portal = { ...server, held, bend: () => undefined }
  return portal
}

export const inputsOf = ({ body }: Asked): readonly Input[] =>
  (body as unknown as { readonly inputs: readonly Input[] }).inputs

function upsert(inputs: readonly Input[], held: Portal['held']): Reaction {
  if (inputs.length > 100 || new Set(inputs.map(input => input.id)).size < inputs.length)
    return whole('duplicate or too many')
  const unknown = inputs.flatMap(input => Object.keys(input.properties)).find(name => !properties.includes(name))
  if (unknown !== undefined) return whole(`[{"error":"PROPERTY_DOESNT_EXIST","name":"${unknown}"}]`)
  const bad = inputs.find(input => input.properties.loyalty_score === 'bad')
  if (bad !== undefined) return whole(`Email address ${bad.properties.email} is invalid (INVALID_EMAIL)`)
  for (const input of inputs) {
    if (input.id === stranger) continue
    const fields = held.get(input.id) ?? new Map()
    held.set(input.id, fields)
    for (const [field, value] of Object.entries(input.properties)) fields.set(field, value)
  }
  const good = inputs.filter(input => input.id !== stranger)
  const errors = inputs.filter(input => input.id === stranger).map(input => rowError(input.id))
  const results = good.map(input => ({
    id: `9${input.id.replace(/\D/g, '')}`,
    properties: input.properties,
    new: false,
  }))
  const body = {
    status: 'COMPLETE',
    results: results.toReversed(),
    ...(errors.length > 0 ? { numErrors: 1, errors } : {}),
  }
  return { status: errors.length > 0 ? 207 : 200, body }
}

const rowError = (row: string): Json => ({
  status: 'error',
  category: 'OBJECT_NOT_FOUND',
  message: `No contact jane@example.com with ${row}`,
  context: { ids: [row] },
})

const whole = (message: string): Reaction => ({
  status: 400,
  body: { status: 'error', category: 'VALIDATION_ERROR', correlationId: 'c', message },
})

function read(asked: Asked, held: Portal['held']): Reaction {
  const { idProperty, properties: names } = asked.body as unknown as {
    idProperty: string
    properties: readonly string[]
  }
  const found = inputsOf(asked).flatMap(input => (held.has(input.id) ? [input.id] : []))
  const results = found.map(contact => ({
    id: '1',
    properties: {
      ...Object.fromEntries(names.map(name => [name, held.get(contact)?.get(name) ?? null])),
      [idProperty]: contact,
    },
  }))
  return { status: found.length < inputsOf(asked).length ? 207 : 200, body: { status: 'COMPLETE', results } }
}
