import { type DocumentNode, GraphQLError, parse } from 'graphql'
import { fieldsOf, isConnection, operationOf } from './graphql.ts'
import { largestUpload, type Uploads } from './staged-uploads.ts'

const largest = 65_535
const slots = 5
/** The mutations that the simulated shop lets run in bulk. */
const allowed = ['metafieldsSet', 'metafieldsDelete']

export interface BulkError {
  readonly field: readonly string[] | null
  readonly message: string
  readonly code: string | null
}

const error = (field: readonly string[] | null, code: string | null, message: string): BulkError => ({
  field,
  code,
  message,
})

export interface MutationArgs {
  readonly mutation?: unknown
  readonly stagedUploadPath?: unknown
  readonly clientIdentifier?: unknown
}

/** What Shopify says to a bulk mutation that it does not take: the file first, then the text, then the slots. */
export function mutationRefusals(
  { mutation, stagedUploadPath, clientIdentifier }: MutationArgs,
  { uploads, busy }: { readonly uploads: Uploads; readonly busy: readonly string[] },
): readonly BulkError[] {
  const file = uploads.read(String(stagedUploadPath))
  if (file === undefined)
    return [
      error(
        null,
        'NO_SUCH_FILE',
        "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly for the stagedUploadPath mutation argument.",
      ),
    ]
  if (file.bytes === 0) return [error(null, 'INVALID_STAGED_UPLOAD_FILE', 'The input file is empty.')]
  if (file.bytes > largestUpload)
    return [
      error(null, 'INVALID_STAGED_UPLOAD_FILE', 'The input file size exceeds the maximum allowed size of 100 MB.'),
    ]
  const refused = [...identifierRefusals(clientIdentifier), ...textRefusals(String(mutation))]
  if (refused.length > 0) return refused
  if (busy.length >= slots)
    return [
      error(
        null,
        'OPERATION_IN_PROGRESS',
        `A bulk mutation operation for this app and shop is already in progress: ${busy.join(', ')}.`,
      ),
    ]
  return []
}

function identifierRefusals(identifier: unknown): readonly BulkError[] {
  if (identifier === undefined || identifier === null) return []
  const { length } = String(identifier)
  if (length < 10) return [error(['clientIdentifier'], 'INVALID_MUTATION', 'is too short (minimum is 10 characters)')]
  if (length > 255) return [error(['clientIdentifier'], 'INVALID_MUTATION', 'is too long (maximum is 255 characters)')]
  return []
}

function textRefusals(text: string): readonly BulkError[] {
  if (Buffer.byteLength(text) > largest)
    return [
      error(
        ['query'],
        'INVALID_MUTATION',
        `is too large (${Buffer.byteLength(text)} bytes; maximum is ${largest} bytes)`,
      ),
    ]
  let document: DocumentNode
  try {
    document = parse(text)
  } catch (thrown) {
    const place = thrown instanceof GraphQLError ? thrown.locations?.[0] : undefined
    return [
      error(
        null,
        'INVALID_MUTATION',
        `Failed to parse the mutation - syntax error, unexpected end of file at [${place?.line ?? 1}, ${place?.column ?? 1}]`,
      ),
    ]
  }
  const operation = operationOf(document)
  if (operation.operation !== 'mutation')
    return [error(null, 'INVALID_MUTATION', 'Invalid operation type. Only `mutation` operations are supported.')]
  const roots = fieldsOf(operation.selectionSet, document)
  if (roots.length !== 1) return [error(['mutation'], null, 'You must specify a single top level mutation.')]
  if (!allowed.includes(roots[0]?.name.value ?? ''))
    return [error(['mutation'], null, 'You must use an allowed mutation name.')]
  const connections = fieldsOf(roots[0]?.selectionSet, document).filter(field => isConnection(field, document))
  return connections.length > 1
    ? [error(['mutation'], null, 'Bulk mutations cannot contain more than 1 connection.')]
    : []
}
