/** What a type's field gives: `X`, `[X]` for a list that stands in its object, `XConnection` for a list that is paged. */
export type Fields = Readonly<Record<string, string>>

const automatic = 'title status discountClasses startsAt endsAt asyncUsageCount createdAt updatedAt'
const byCode = `${automatic} usageLimit appliesOncePerCustomer codesCount:Count codes:DiscountRedeemCodeConnection`

/**
 * The part of the Admin API 2026-07 that the simulated shop has; a field without a type is a scalar. `Customer*` is a customer of
 * whom only the reference is known.
 */
const described: Readonly<Record<string, string>> = {
  QueryRoot: `shop:Shop currentAppInstallation:AppInstallation order:Order customer:Customer node:Node nodes:[Node] orders:OrderConnection customers:CustomerConnection
    products:ProductConnection productVariants:ProductVariantConnection collections:CollectionConnection discountNodes:DiscountNodeConnection draftOrders:DraftOrderConnection
    abandonedCheckouts:AbandonedCheckoutConnection priceLists:PriceListConnection catalogs:CatalogConnection
    shopifyPaymentsAccount:ShopifyPaymentsAccount companies:CompanyConnection locations:LocationConnection events:EventConnection inventoryItems:InventoryItemConnection ordersCount:Count customersCount:Count productsCount:Count
    bulkOperation:BulkOperation currentBulkOperation:BulkOperation bulkOperations:BulkOperationConnection`,
  Mutation: `bulkOperationRunQuery:BulkOperationRunQueryPayload bulkOperationRunMutation:BulkOperationRunMutationPayload
    bulkOperationCancel:BulkOperationCancelPayload stagedUploadsCreate:StagedUploadsCreatePayload
    metafieldsSet:MetafieldsSetPayload metafieldsDelete:MetafieldsDeletePayload`,
  Shop: 'id name myshopifyDomain currencyCode ianaTimezone',
  AppInstallation: 'id accessScopes:[AccessScope]',
  AccessScope: 'handle description',
  Count: 'count precision',
  MoneyV2: 'amount currencyCode',
  MoneyBag: 'shopMoney:MoneyV2 presentmentMoney:MoneyV2',
  Order: `id legacyResourceId name number email createdAt updatedAt processedAt cancelledAt cancelReason closedAt confirmed test
    currencyCode presentmentCurrencyCode displayFinancialStatus displayFulfillmentStatus tags note sourceName taxesIncluded
    subtotalPriceSet:MoneyBag totalPriceSet:MoneyBag currentTotalPriceSet:MoneyBag totalTaxSet:MoneyBag
    totalDiscountsSet:MoneyBag totalShippingPriceSet:MoneyBag totalRefundedSet:MoneyBag totalReceivedSet:MoneyBag
    netPaymentSet:MoneyBag customer:Customer* shippingAddress:MailingAddress transactions:[OrderTransaction] refunds:[Refund]
    fulfillments:[Fulfillment] lineItems:LineItemConnection shippingLines:ShippingLineConnection returns:ReturnConnection metafields:MetafieldConnection`,
  LineItem: `id name title sku quantity currentQuantity originalUnitPriceSet:MoneyBag discountedUnitPriceSet:MoneyBag
    originalTotalSet:MoneyBag discountedTotalSet:MoneyBag totalDiscountSet:MoneyBag vendor variant:ProductVariant*
    product:Product* discountAllocations:[DiscountAllocation]`,
  DiscountAllocation: 'allocatedAmountSet:MoneyBag discountApplication:DiscountApplication',
  DiscountApplication: '__typename index',
  DiscountCodeApplication: 'index code',
  AutomaticDiscountApplication: 'index title',
  ManualDiscountApplication: 'index title',
  ScriptDiscountApplication: 'index title',
  ShippingLine: 'id title code carrierIdentifier isRemoved originalPriceSet:MoneyBag discountedPriceSet:MoneyBag',
  Return: 'id name status createdAt closedAt totalQuantity returnLineItems:ReturnLineItemTypeConnection',
  ReturnLineItemType: 'id quantity refundedQuantity returnReasonDefinition:ReturnReasonDefinition',
  ReturnLineItem: 'fulfillmentLineItem:FulfillmentLineItem',
  ReturnReasonDefinition: 'id handle name',
  FulfillmentLineItem: 'id lineItem:LineItem',
  OrderTransaction: `id kind status gateway createdAt processedAt test errorCode amountSet:MoneyBag
    parentTransaction:OrderTransaction*`,
  Refund: `id createdAt updatedAt processedAt note totalRefundedSet:MoneyBag transactions:OrderTransactionConnection order:Order*
    return:Return* refundLineItems:RefundLineItemConnection`,
  RefundLineItem: `__typename id quantity restockType subtotalSet:MoneyBag totalTaxSet:MoneyBag lineItem:LineItem*`,
  'Return*': 'id',
  'LineItem*': 'id',
  Fulfillment:
    'id name status displayStatus totalQuantity createdAt updatedAt deliveredAt trackingInfo:[FulfillmentTrackingInfo]',
  FulfillmentTrackingInfo: 'company number',
  MailingAddress: 'countryCodeV2 zip city provinceCode address1 address2 company',
  Customer: `id createdAt updatedAt state firstName lastName defaultEmailAddress:CustomerEmailAddress tags numberOfOrders
    amountSpent:MoneyV2 verifiedEmail taxExempt dataSaleOptOut note defaultAddress:MailingAddress metafield:Metafield
    metafields:MetafieldConnection`,
  CustomerEmailAddress: 'emailAddress marketingState marketingOptInLevel marketingUpdatedAt',
  Metafield: 'id namespace key value type compareDigest createdAt updatedAt',
  Product:
    'id title handle status vendor productType tags createdAt updatedAt totalInventory variants:ProductVariantConnection metafields:MetafieldConnection',
  ProductVariant: `id sku barcode price compareAtPrice inventoryQuantity position createdAt updatedAt
    inventoryItem:InventoryItem* product:Product`,
  DiscountNode: 'id discount:Discount',
  Discount: '__typename',
  DiscountAutomaticApp: automatic,
  DiscountAutomaticBasic: automatic,
  DiscountAutomaticBxgy: automatic,
  DiscountAutomaticFreeShipping: automatic,
  DiscountCodeApp: byCode,
  DiscountCodeBasic: byCode,
  DiscountCodeBxgy: byCode,
  DiscountCodeFreeShipping: byCode,
  DiscountRedeemCode: 'id code asyncUsageCount',
  DraftOrder: `id name status email customer:Customer* order:Order* currencyCode subtotalPriceSet:MoneyBag totalTaxSet:MoneyBag
    totalDiscountsSet:MoneyBag totalShippingPriceSet:MoneyBag totalPriceSet:MoneyBag createdAt updatedAt invoiceSentAt completedAt
    tags lineItems:DraftOrderLineItemConnection`,
  DraftOrderLineItem: `id sku title custom quantity variant:ProductVariant* product:Product* originalUnitPriceSet:MoneyBag
    originalTotalSet:MoneyBag discountedTotalSet:MoneyBag`,
  AbandonedCheckout: `id name customer:Customer* subtotalPriceSet:MoneyBag totalTaxSet:MoneyBag totalDiscountSet:MoneyBag
    totalPriceSet:MoneyBag discountCodes createdAt updatedAt completedAt lineItems:AbandonedCheckoutLineItemConnection`,
  AbandonedCheckoutLineItem: `id sku title quantity variant:ProductVariant* product:Product* originalTotalPriceSet:MoneyBag
    discountedTotalPriceSet:MoneyBag`,
  Collection: 'id title handle sortOrder updatedAt productsCount:Count products:ProductConnection',
  InventoryItem: `id sku tracked requiresShipping unitCost:MoneyV2 countryCodeOfOrigin createdAt updatedAt
    inventoryLevels:InventoryLevelConnection`,
  InventoryLevel: `id isActive createdAt updatedAt location:Location item:InventoryItem* quantities:[InventoryQuantity]`,
  InventoryQuantity: 'name quantity updatedAt',
  Location: `id name isActive fulfillsOnlineOrders shipsInventory isFulfillmentService address:LocationAddress createdAt
    updatedAt`,
  ShopifyPaymentsAccount:
    'id payouts:ShopifyPaymentsPayoutConnection balanceTransactions:ShopifyPaymentsBalanceTransactionConnection',
  ShopifyPaymentsPayout:
    'id status transactionType issuedAt externalTraceId net:MoneyV2 summary:ShopifyPaymentsPayoutSummary',
  ShopifyPaymentsPayoutSummary: `chargesGross:MoneyV2 chargesFee:MoneyV2 refundsFeeGross:MoneyV2 refundsFee:MoneyV2
    adjustmentsGross:MoneyV2 adjustmentsFee:MoneyV2`,
  ShopifyPaymentsBalanceTransaction: `id type sourceType sourceOrderTransactionId transactionDate test adjustmentReason
    amount:MoneyV2 fee:MoneyV2 net:MoneyV2 associatedOrder:Order* associatedPayout:ShopifyPaymentsPayout`,
  LocationAddress: 'countryCode city',
  PriceList: `id name currency fixedPricesCount catalog:Catalog parent:PriceListParent prices:PriceListPriceConnection`,
  PriceListParent: 'adjustment:PriceListAdjustment',
  PriceListAdjustment: 'type value',
  PriceListPrice: 'originType variant:ProductVariant* price:MoneyV2 compareAtPrice:MoneyV2',
  Catalog: 'id title status priceList:PriceList',
  Company: `id name externalId mainContact:CompanyContact customerSince createdAt updatedAt
    locations:CompanyLocationConnection`,
  CompanyContact: 'customer:Customer*',
  CompanyLocation: 'id name externalId currency shippingAddress:CompanyAddress createdAt updatedAt',
  CompanyAddress: 'countryCode zip',
  'Order*': 'id',
  'Customer*': 'id',
  'ProductVariant*': 'id',
  'Product*': 'id',
  'OrderTransaction*': 'id',
  'InventoryItem*': 'id sku',
  Node: 'id',
  Event: 'id action createdAt',
  BasicEvent: 'id action createdAt subjectId subjectType',
  BulkOperation: `id status type query errorCode createdAt completedAt objectCount rootObjectCount fileSize url
    partialDataUrl`,
  BulkOperationRunQueryPayload: 'bulkOperation:BulkOperation userErrors:[BulkOperationUserError]',
  BulkOperationRunMutationPayload: 'bulkOperation:BulkOperation userErrors:[BulkMutationUserError]',
  BulkOperationCancelPayload: 'bulkOperation:BulkOperation userErrors:[UserError]',
  BulkOperationUserError: 'code field message',
  BulkMutationUserError: 'code field message',
  UserError: 'field message',
  StagedUploadsCreatePayload: 'stagedTargets:[StagedMediaUploadTarget] userErrors:[UserError]',
  StagedMediaUploadTarget: 'url resourceUrl parameters:[StagedUploadParameter]',
  StagedUploadParameter: 'name value',
  MetafieldsSetPayload: 'metafields:[Metafield] userErrors:[MetafieldsSetUserError]',
  MetafieldsSetUserError: 'code elementIndex field message',
  MetafieldsDeletePayload: 'deletedMetafields:[MetafieldIdentifier] userErrors:[UserError]',
  MetafieldIdentifier: 'ownerId namespace key',
  PageInfo: 'hasNextPage endCursor',
}

const read = (text: string): Fields =>
  Object.fromEntries(
    text.split(/\s+/).map(field => {
      const [name = '', type = ''] = field.split(':')
      return [name, type]
    }),
  )

const types: Readonly<Record<string, Fields>> = Object.fromEntries(
  Object.entries(described).map(([name, text]) => [name, read(text)]),
)

/** The fields of a type, or undefined where the shop has no such type. */
export function fieldsOfType(type: string): Fields | undefined {
  const named = /^(.+?)(Connection|Edge)$/.exec(type)
  if (types[type] !== undefined || named === null) return types[type]
  return named[2] === 'Edge'
    ? { cursor: '', node: named[1] as string }
    : { edges: `[${named[1]}Edge]`, nodes: `[${named[1]}]`, pageInfo: 'PageInfo' }
}

/** The type below a field's type: `X` of `[X]`. */
export const elementOf = (type: string): string => type.replace(/^\[(.*)\]$/, '$1')

/** As an error names it. */
export const shownType = (type: string): string => elementOf(type).replace('*', '')
