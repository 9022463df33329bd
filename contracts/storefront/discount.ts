import { flag, id, integer, list, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One discount of a shop: by code, or automatic. */
export const discount = contract('storefront.discount', {
  version: 1,
  key: ['discount_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    discount_id: id('DiscountNode'),
    type: text('a type of discount such as DiscountCodeBasic', 'Discount[A-Za-z]+'),
    title: text('a title'),
    status: oneOf('ACTIVE', 'EXPIRED', 'SCHEDULED'),
    classes: list(),
    starts_at: utc(),
    ends_at: nullable(utc()),
    /** As the shop counts them, some time after they were used. */
    uses: integer(),
    /** Null where it may be used without end, and where it is automatic. */
    usage_limit: nullable(integer()),
    once_per_customer: nullable(flag()),
    /** How many codes the shop counts. */
    codes: nullable(integer()),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at'), notBefore('ends_at', 'starts_at'), notNegative('codes')],
})
