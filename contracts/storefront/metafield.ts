import { id, personal, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'
import { byEvent } from './deletion.ts'

const ownerId = () => text('a global id of an owner', 'gid://shopify/[A-Za-z]+/[1-9][0-9]{0,18}')

/** A record that metafields hang on, as of the version with which they were read: they are a set, and leave it with that version. */
export const metafieldOwner = contract('storefront.metafield_owner', {
  version: 1,
  key: ['owner_id'],
  changed: 'updated_at',
  risk: 'analytical',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: { owner_id: ownerId(), updated_at: utc() },
  rules: [],
})

/** One metafield. What it holds is anyone's guess, so it is kept as a person's. */
export const metafield = contract('storefront.metafield', {
  version: 1,
  key: ['metafield_id'],
  risk: 'analytical',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.metafield_owner', column: 'owner_id' },
  row: {
    metafield_id: id('Metafield'),
    owner_id: ownerId(),
    namespace: text('a namespace', '[^ ]{1,255}'),
    key: text('a key', '[^ ]{1,64}'),
    type: text('a metafield type', '[a-z_.]+'),
    /** Always as text, in the form of its type. */
    value: personal(text('a value')),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
