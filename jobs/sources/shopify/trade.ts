import { jsonNumber } from '../../../contracts/forms.ts'
import { catalog } from '../../../contracts/storefront/catalog.ts'
import { company } from '../../../contracts/storefront/company.ts'
import { companyLocation } from '../../../contracts/storefront/company-location.ts'
import { priceList } from '../../../contracts/storefront/price-list.ts'
import { priceListPrice } from '../../../contracts/storefront/price-list-price.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'

const whole = { clock: 'none', overlapMs: 0, whole: true } as const

const listClaim = claimOf(priceList, {
  kind: 'PriceList',
  fields: {
    price_list_id: 'id',
    name: 'name',
    currency: 'currency',
    catalog_id: 'catalog.id',
    adjustment_type: 'parent.adjustment.type',
    adjustment: 'parent.adjustment.value',
    fixed_prices: 'fixedPricesCount',
  },
  forms: { adjustment: jsonNumber },
})

const priceClaim = claimOf(priceListPrice, {
  kind: 'PriceListPrice',
  fields: {
    price_list_id: '__parentId',
    variant_id: 'variant.id',
    price: 'price.amount',
    compare_at_price: 'compareAtPrice.amount',
    currency: 'price.currencyCode',
  },
})

/**
 * All price lists with the prices that are fixed in them: a list and its prices bear no instant, and the list takes no search. Prices that
 * follow from the list's share are not read, for there is one for every variant.
 */
export const priceLists: BulkObject = {
  ...whole,
  name: 'storefront.price_lists',
  root: 'priceLists',
  unsearched: true,
  claims: [listClaim],
  spelled: { prices: 'prices(originType: FIXED)' },
  below: { prices: { claims: [priceClaim], nameless: true } },
}

const catalogClaim = (kind: string) =>
  claimOf(catalog, {
    kind,
    fields: {
      catalog_id: 'id',
      type: '__typename',
      title: 'title',
      status: 'status',
      price_list_id: 'priceList.id',
    },
  })

/** All catalogs, whatever they are for: they bear no instant. What is added to a catalog's publication is not seen here. */
export const catalogs: BulkObject = {
  ...whole,
  name: 'storefront.catalogs',
  root: 'catalogs',
  claims: ['MarketCatalog', 'CompanyLocationCatalog', 'AppCatalog'].map(catalogClaim),
}

const companyClaim = claimOf(company, {
  kind: 'Company',
  fields: {
    company_id: 'id',
    name: 'name',
    external_id: 'externalId',
    main_customer_id: 'mainContact.customer.id',
    customer_since: 'customerSince',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  },
})

const placeClaim = claimOf(companyLocation, {
  kind: 'CompanyLocation',
  fields: {
    company_location_id: 'id',
    company_id: '__parentId',
    name: 'name',
    external_id: 'externalId',
    currency: 'currency',
    ship_country: 'shippingAddress.countryCode',
    ship_postcode: 'shippingAddress.zip',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  },
})

/** All companies with their locations: a location that changes need not move its company, and no event tells of a company that is gone. */
export const companies: BulkObject = {
  ...whole,
  name: 'storefront.companies',
  root: 'companies',
  claims: [companyClaim],
  below: { locations: { claims: [placeClaim] } },
}
