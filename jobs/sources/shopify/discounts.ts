import { discount } from '../../../contracts/storefront/discount.ts'
import { discountCode } from '../../../contracts/storefront/discount-code.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'
import { settleMs } from './slice.ts'

const discountClaim = claimOf(discount, {
  kind: 'DiscountNode',
  fields: {
    discount_id: 'id',
    type: 'discount.__typename',
    title: 'discount.title',
    status: 'discount.status',
    classes: 'discount.discountClasses',
    starts_at: 'discount.startsAt',
    ends_at: 'discount.endsAt',
    uses: 'discount.asyncUsageCount',
    usage_limit: 'discount.usageLimit',
    once_per_customer: 'discount.appliesOncePerCustomer',
    codes: 'discount.codesCount.count',
    created_at: 'discount.createdAt',
    updated_at: 'discount.updatedAt',
  },
})

const codeClaim = claimOf(discountCode, {
  kind: 'DiscountRedeemCode',
  fields: { code_id: 'id', discount_id: '__parentId', code: 'code', uses: 'asyncUsageCount' },
})

const ofAll = [
  'title',
  'status',
  'discountClasses',
  'startsAt',
  'endsAt',
  'asyncUsageCount',
  'createdAt',
  'updatedAt',
] as const
const ofCodes = [...ofAll, 'usageLimit', 'appliesOncePerCustomer', 'codesCount', 'codes'] as const

/**
 * The discounts that changed, with their codes. A code that is used, added or taken away need not move its discount's `updatedAt`: the shop
 * counts uses late, and tells of codes by events of their own (`discounts/redeemcode_added`). `codes` says how many there should be.
 */
export const discounts: BulkObject = {
  name: 'storefront.discounts',
  root: 'discountNodes',
  clock: 'second',
  overlapMs: settleMs,
  claims: [discountClaim],
  types: {
    discount: {
      DiscountAutomaticApp: ofAll,
      DiscountAutomaticBasic: ofAll,
      DiscountAutomaticBxgy: ofAll,
      DiscountAutomaticFreeShipping: ofAll,
      DiscountCodeApp: ofCodes,
      DiscountCodeBasic: ofCodes,
      DiscountCodeBxgy: ofCodes,
      DiscountCodeFreeShipping: ofCodes,
    },
  },
  below: { 'discount.codes': { claims: [codeClaim] } },
}
