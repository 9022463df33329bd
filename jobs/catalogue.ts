import { akeneoProduct } from '../contracts/akeneo/product.ts'
import { invoice } from '../contracts/erp/invoice.ts'
import { payment } from '../contracts/erp/payment.ts'
import { erpRefund } from '../contracts/erp/refund.ts'
import { netsuiteInvoice } from '../contracts/netsuite/invoice.ts'
import { netsuiteItem } from '../contracts/netsuite/item.ts'
import { shipment } from '../contracts/oms/shipment.ts'
import { site } from '../contracts/oms/site.ts'
import { balanceTransaction } from '../contracts/storefront/balance-transaction.ts'
import { catalog } from '../contracts/storefront/catalog.ts'
import { checkout } from '../contracts/storefront/checkout.ts'
import { checkoutLine } from '../contracts/storefront/checkout-line.ts'
import { collection } from '../contracts/storefront/collection.ts'
import { collectionProduct } from '../contracts/storefront/collection-product.ts'
import { company } from '../contracts/storefront/company.ts'
import { companyLocation } from '../contracts/storefront/company-location.ts'
import { customer } from '../contracts/storefront/customer.ts'
import { deletion } from '../contracts/storefront/deletion.ts'
import { discount } from '../contracts/storefront/discount.ts'
import { discountCode } from '../contracts/storefront/discount-code.ts'
import { draftOrder } from '../contracts/storefront/draft-order.ts'
import { draftOrderLine } from '../contracts/storefront/draft-order-line.ts'
import { event } from '../contracts/storefront/event.ts'
import { fulfillment } from '../contracts/storefront/fulfillment.ts'
import { inventoryItem } from '../contracts/storefront/inventory-item.ts'
import { lineDiscount } from '../contracts/storefront/line-discount.ts'
import { location } from '../contracts/storefront/location.ts'
import { metafield, metafieldOwner } from '../contracts/storefront/metafield.ts'
import { order } from '../contracts/storefront/order.ts'
import { orderLine } from '../contracts/storefront/order-line.ts'
import { payout } from '../contracts/storefront/payout.ts'
import { priceList } from '../contracts/storefront/price-list.ts'
import { priceListPrice } from '../contracts/storefront/price-list-price.ts'
import { product } from '../contracts/storefront/product.ts'
import { refund } from '../contracts/storefront/refund.ts'
import { refundDetail } from '../contracts/storefront/refund-detail.ts'
import { refundLine } from '../contracts/storefront/refund-line.ts'
import { orderReturn } from '../contracts/storefront/return.ts'
import { returnLine } from '../contracts/storefront/return-line.ts'
import { shippingLine } from '../contracts/storefront/shipping-line.ts'
import { stock } from '../contracts/storefront/stock.ts'
import { transaction } from '../contracts/storefront/transaction.ts'
import { variant } from '../contracts/storefront/variant.ts'
import { stripeCharge } from '../contracts/stripe/charge.ts'
import { stripePayout } from '../contracts/stripe/payout.ts'
import { stripeRefund } from '../contracts/stripe/refund.ts'
import { wmsStock } from '../contracts/wms/stock.ts'
import { wooCustomer } from '../contracts/woocommerce/customer.ts'
import { wooOrder } from '../contracts/woocommerce/order.ts'
import { wooProduct } from '../contracts/woocommerce/product.ts'
import { fileSink } from '../sinks/file.ts'
import { contacts } from '../sinks/hubspot/contacts.ts'
import { metafields } from '../sinks/shopify/metafields.ts'
import { build } from './build.ts'
import { drift, reconcile } from './check-job.ts'
import { countedProducts } from './checks/counted.ts'
import { eventHealth } from './checks/event-health.ts'
import { gaps } from './checks/gaps.ts'
import { invoices } from './checks/invoices.ts'
import { shelfStock } from './checks/shelf-stock.ts'
import { silent } from './checks/silent.ts'
import { vanished } from './checks/vanished.ts'
import { volumes } from './checks/volume.ts'
import { extract } from './extract.ts'
import type { Catalogue } from './job.ts'
import { load } from './load.ts'
import { akeneo } from './sources/akeneo.ts'
import { erp } from './sources/erp.ts'
import { netsuite } from './sources/netsuite.ts'
import { oms } from './sources/oms.ts'
import { shopify } from './sources/shopify/shopify.ts'
import { stripe } from './sources/stripe.ts'
import { wms } from './sources/wms.ts'
import { woocommerce } from './sources/woocommerce.ts'
import { sync } from './sync.ts'
import { loyaltyToCrm, loyaltyToStorefront } from './syncs/loyalty.ts'

/** Everything that the house does, one line each, jobs in the order of the night. */
export const catalogue: Catalogue = {
  contracts: [
    order,
    orderLine,
    lineDiscount,
    shippingLine,
    fulfillment,
    orderReturn,
    returnLine,
    transaction,
    refund,
    refundDetail,
    refundLine,
    customer,
    product,
    variant,
    collection,
    collectionProduct,
    inventoryItem,
    stock,
    metafieldOwner,
    metafield,
    discount,
    discountCode,
    draftOrder,
    draftOrderLine,
    checkout,
    checkoutLine,
    location,
    priceList,
    priceListPrice,
    catalog,
    company,
    companyLocation,
    payout,
    balanceTransaction,
    deletion,
    event,
    invoice,
    erpRefund,
    payment,
    wmsStock,
    shipment,
    site,
    netsuiteInvoice,
    netsuiteItem,
    akeneoProduct,
    stripeCharge,
    stripeRefund,
    stripePayout,
    wooOrder,
    wooCustomer,
    wooProduct,
  ],
  sources: [shopify, erp, wms, oms, netsuite, akeneo, stripe, woocommerce],
  sinks: [metafields, contacts, fileSink],
  checks: [invoices, shelfStock, ...volumes, ...vanished, countedProducts, gaps, silent, eventHealth],
  syncs: [loyaltyToStorefront, loyaltyToCrm],
  jobs: [extract, load, build, reconcile, drift, sync],
}
