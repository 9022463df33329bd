import { z } from 'zod'

/** One direct question to Shopify: its text, and the form that the answer must have. */
export interface Ask<A> {
  readonly name: string
  /** A query may be asked again when no answer came; a mutation may not. */
  readonly kind: 'query' | 'mutation'
  readonly text: string
  readonly answer: z.ZodType<A>
  /** What to do where the app is denied this very question, if that is not a matter of access scopes. */
  readonly denied?: string
}

/** Shopify writes 64-bit counts as text. */
const count = z
  .union([z.string().regex(/^[0-9]+$/), z.number().int().nonnegative()])
  .transform(Number)
  .refine(Number.isSafeInteger)

const userError = z.object({
  code: z.string().nullish(),
  /** The way to the input at fault: `metafields`, `3`, `value`. */
  field: z.array(z.string()).nullish(),
  message: z.string(),
})
export type UserError = z.infer<typeof userError>
export const userErrors = z.array(userError)

export const askShop: Ask<{ shop: { id: string } }> = {
  name: 'shop',
  kind: 'query',
  text: 'query boomerangShop { shop { id } }',
  answer: z.object({ shop: z.object({ id: z.string() }) }),
}

const scopes = z.object({
  currentAppInstallation: z.object({ accessScopes: z.array(z.object({ handle: z.string() })) }),
})

/** What the app may do in this shop. */
export const askScopes: Ask<z.infer<typeof scopes>> = {
  name: 'currentAppInstallation',
  kind: 'query',
  text: 'query boomerangScopes { currentAppInstallation { accessScopes { handle } } }',
  answer: scopes,
}

const started = z.object({
  bulkOperationRunQuery: z.object({ bulkOperation: z.object({ id: z.string() }).nullable(), userErrors }),
})

/**
 * Children come ungrouped: that is faster and times out less, and they are joined by `__parentId` anyway. A partner's app must be allowed to
 * run bulk queries, and loses that after 31 days without one (shopify.dev/changelog/partner-apps-must-enable-bulk-operations-before-use).
 */
export const askBulkRun: Ask<z.infer<typeof started>> = {
  name: 'bulkOperationRunQuery',
  kind: 'mutation',
  text: `mutation boomerangBulkRun($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id }
    userErrors { code field message }
  }
}`,
  answer: started,
  denied:
    'Grant the app the access scopes for what is asked. An app of a partner must also be allowed to run bulk queries: Partner Dashboard, the app, API access requests, Run bulk operations.',
}

const bulkOperation = z.object({
  id: z.string(),
  status: z.string(),
  errorCode: z.string().nullable(),
  objectCount: count,
  rootObjectCount: count,
  fileSize: count.nullable(),
  url: z.string().nullable(),
  partialDataUrl: z.string().nullable(),
  completedAt: z.string().nullish(),
})
export type BulkOperation = z.infer<typeof bulkOperation>

export const askBulk: Ask<{ bulkOperation: BulkOperation | null }> = {
  name: 'bulkOperation',
  kind: 'query',
  text: `query boomerangBulk($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt }
}`,
  answer: z.object({ bulkOperation: bulkOperation.nullable() }),
}

const recent = z.object({
  bulkOperations: z.object({ edges: z.array(z.object({ node: z.object({ id: z.string(), query: z.string() }) })) }),
})

/** The newest operations of this app and shop, with their texts: how an operation is found whose id was lost. */
export const askBulkRecent: Ask<z.infer<typeof recent>> = {
  name: 'bulkOperations',
  kind: 'query',
  text: `query boomerangBulkRecent {
  bulkOperations(first: 20, reverse: true, sortKey: CREATED_AT, query: "operation_type:query") {
    edges { node { id query } }
  }
}`,
  answer: recent,
}
