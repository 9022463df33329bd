import { createHash } from 'node:crypto'
import { customerAt } from '../customers.ts'
import type { Writes } from '../journal.ts'
import type { Shop } from '../shops.ts'
import type { World } from '../world.ts'
import { Refusal, topError } from './graphql.ts'

interface Input {
  readonly ownerId?: string
  readonly namespace?: string
  readonly key?: string
  readonly value?: string
  readonly type?: string
  readonly compareDigest?: string | null
}

export interface MetafieldError {
  readonly field: readonly string[]
  readonly message: string
  readonly code: string | null
  readonly elementIndex: null
}

const most = 25

export interface MetafieldTerms {
  readonly world: World
  readonly shop: Shop
  readonly writes: Writes
  readonly server: string
}

/** `metafieldsSet`: at most 25 inputs, all or none. */
export function setMetafields(
  terms: MetafieldTerms,
  inputs: readonly Input[],
): { readonly metafields: readonly unknown[] | null; readonly userErrors: readonly MetafieldError[] } {
  if (inputs.length > most)
    return {
      metafields: null,
      userErrors: [
        error(['metafields'], 'LESS_THAN_OR_EQUAL_TO', `Exceeded the maximum metafields input limit of ${most}.`),
      ],
    }
  for (const [at, input] of inputs.entries()) demand(input, at)
  const userErrors = inputs.flatMap((input, at) => refusals(terms, input, String(at)))
  if (userErrors.length > 0) return { metafields: [], userErrors }
  terms.writes.keep(
    terms.server,
    inputs.map(({ ownerId = '', namespace, key, value = '' }) => ({
      id: ownerId,
      fields: { [`${namespace}.${key}`]: value },
    })),
  )
  return {
    metafields: inputs.map((input, at) => ({
      id: `gid://shopify/Metafield/${at + 1}`,
      ...input,
      compareDigest: digestOf(input.value ?? ''),
    })),
    userErrors: [],
  }
}

/** An input that lacks what the schema demands ends the whole answer. */
function demand(input: Input, at: number): void {
  const missing = (['ownerId', 'key', 'value'] as const).find(name => typeof input[name] !== 'string')
  if (missing !== undefined)
    throw new Refusal(
      topError(
        'INVALID_VARIABLE',
        `Variable $metafields of type [MetafieldsSetInput!]! was provided invalid value for ${at}.${missing} (Expected value to not be null)`,
      ),
    )
}

export function deleteMetafields(
  { writes, server }: MetafieldTerms,
  inputs: readonly Input[],
): { readonly deletedMetafields: readonly (Input | null)[]; readonly userErrors: readonly [] } {
  const deleted = inputs.map(input =>
    writes.held(server, input.ownerId ?? '')?.[`${input.namespace}.${input.key}`] === undefined ? null : input,
  )
  writes.keep(
    server,
    inputs.map(({ ownerId = '', namespace, key }) => ({ id: ownerId, fields: { [`${namespace}.${key}`]: null } })),
  )
  return { deletedMetafields: deleted, userErrors: [] }
}

const error = (field: readonly string[], code: string | null, message: string): MetafieldError => ({
  field,
  message,
  code,
  elementIndex: null,
})

function refusals(
  { world, shop, writes, server }: MetafieldTerms,
  input: Input,
  at: string,
): readonly MetafieldError[] {
  const place = (...more: readonly string[]): readonly string[] => ['metafields', at, ...more]
  const { ownerId = '', namespace = '', key = '', value = '', type, compareDigest } = input
  const held = writes.held(server, ownerId)?.[`${namespace}.${key}`]
  return [
    ...(isOwner(world, shop, ownerId) ? [] : [error(place('ownerId'), 'INVALID_VALUE', 'Owner does not exist.')]),
    ...lengthErrors(namespace, { place: place('namespace'), low: 3, high: 255 }),
    ...lengthErrors(key, { place: place('key'), low: 2, high: 64 }),
    ...(type === 'number_integer' && !/^-?[0-9]+$/.test(value)
      ? [error(place('value'), 'INVALID_VALUE', 'Value must be an integer.')]
      : []),
    ...staleness(compareDigest, held, place()),
  ]
}

function lengthErrors(
  { length }: string,
  { place, low, high }: { readonly place: readonly string[]; readonly low: number; readonly high: number },
): readonly MetafieldError[] {
  if (length < low) return [error(place, 'TOO_SHORT', `is too short (minimum is ${low} characters)`)]
  return length > high ? [error(place, 'TOO_LONG', `is too long (maximum is ${high} characters)`)] : []
}

function staleness(
  digest: string | null | undefined,
  held: string | undefined,
  place: readonly string[],
): readonly MetafieldError[] {
  const stale = error(
    place,
    'STALE_OBJECT',
    'The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.',
  )
  if (digest === undefined) return []
  if (digest === null) return held === undefined ? [] : [stale]
  if (held === undefined) return [error(place, 'INVALID_COMPARE_DIGEST', 'Invalid `compareDigest` value.')]
  return digestOf(held) === digest ? [] : [stale]
}

/** Stable for a value, and not the value's own hash. */
export const digestOf = (value: string): string => createHash('sha256').update(`metafield ${value}`).digest('hex')

function isOwner(world: World, shop: Shop, ownerId: string): boolean {
  const number = Number(/^gid:\/\/shopify\/Customer\/([0-9]+)$/.exec(ownerId)?.[1] ?? Number.NaN)
  return customerAt(world, shop, number - shop.idBase / 10) !== undefined
}
