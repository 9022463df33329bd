import { between, chance } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { days, historyStart, isoOf, nowOf, type World } from './world.ts'

type Node = Readonly<Record<string, unknown>>

const types = [
  'DiscountCodeBasic',
  'DiscountAutomaticBasic',
  'DiscountCodeBxgy',
  'DiscountCodeFreeShipping',
  'DiscountAutomaticBxgy',
  'DiscountCodeApp',
  'DiscountAutomaticFreeShipping',
  'DiscountAutomaticApp',
] as const

export const discountCount = types.length

const codesOf = ({ seed }: World, shop: Shop, discount: number): number =>
  types[discount]?.startsWith('DiscountCode') ? between(1, 5, chance(seed, shop.number, discount, 'codes')) : 0

/** How many codes the shop's discounts have between them. */
export const codeCount = (world: World, shop: Shop): number =>
  types.reduce((sum, _, discount) => sum + codesOf(world, shop, discount), 0)

/** One discount of each type as the Admin API shows it: by code with its codes, automatic without. The first ends on the second day. */
export function* discounts(world: World, shop: Shop): Generator<Node> {
  for (const [discount, type] of types.entries()) {
    const created = historyStart + days(discount)
    const isOver = discount === 0 && world.day >= 2
    const ended = nowOf({ day: 2 }) - 3 * 3_600_000
    const common = {
      __typename: type,
      title: `Offer ${discount}`,
      status: isOver ? 'EXPIRED' : 'ACTIVE',
      discountClasses: [type.endsWith('FreeShipping') ? 'SHIPPING' : discount % 2 === 0 ? 'PRODUCT' : 'ORDER'],
      startsAt: isoOf(created),
      endsAt: isOver ? isoOf(ended) : null,
      asyncUsageCount: between(0, 40, chance(world.seed, shop.number, discount, 'uses')),
      createdAt: isoOf(created),
      updatedAt: isoOf(isOver ? ended : created + days(1)),
    }
    const codes = Array.from({ length: codesOf(world, shop, discount) }, (_, n) => ({
      __typename: 'DiscountRedeemCode',
      id: gid('DiscountRedeemCode', shop.idBase + discount * 10 + n),
      code: `OFFER${discount}-${n}`,
      asyncUsageCount: n,
    }))
    yield {
      __typename: 'DiscountNode',
      id: gid('DiscountNode', shop.idBase / 1000 + discount),
      updatedAt: common.updatedAt,
      createdAt: common.createdAt,
      discount:
        codes.length === 0
          ? common
          : {
              ...common,
              usageLimit: discount === 0 ? 100 : null,
              appliesOncePerCustomer: discount % 2 === 0,
              codesCount: { count: codes.length, precision: 'EXACT' },
              codes,
            },
    }
  }
}
