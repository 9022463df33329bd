import type { Json } from '../../../../contracts/context.ts'
import { type Asked, type Reaction, type Vendor, vendor } from '../../../sinks/outside.ts'

export interface Operation {
  readonly id: string
  readonly query: string
  status: string
  errorCode: string | null
  url: string | null
  partialDataUrl: string | null
  polls: number
  completedAt: string | null
  /** Its result, where it has one of its own. */
  file: Buffer | undefined
  records: number | undefined
}

/** A shop with one result file, whose answers a test may bend. */
export interface ScriptedShop extends Vendor {
  readonly operations: Operation[]
  /** The bytes of every result. */
  file: Buffer
  /** What an operation becomes when it is looked at for the third time. */
  ending: Partial<Operation>
  /** Answers a call instead of the shop; undefined leaves it to the shop. */
  bend: (asked: Asked, nth: number) => Reaction | undefined
  /** The lines that a query finds; the same for every query where it is absent. */
  resultOf?: (query: string) => readonly string[]
  /** How the operation of a query ends, where it is not as every other. */
  endingOf?: (query: string, nth: number) => Partial<Operation> | undefined
  records: number
  /** How many roots it says that its n-th operation found, where that is not what it found. */
  rootsOf?: (nth: number) => number | undefined
  scopes: readonly string[]
  callsOf(word: string): number
}

const id = (n: number): string => `gid://shopify/BulkOperation/${n}`

export async function scriptedShop(lines: readonly string[] = []): Promise<ScriptedShop> {
  const counts = new Map<string, number>()
  const server = await vendor(asked => {
    const word = wordOf(asked)
    const nth = (counts.get(word) ?? 0) + 1
    counts.set(word, nth)
    return shop.bend(asked, nth) ?? reaction(shop, asked)
  })
  const file = Buffer.from(lines.map(line => `${line}\n`).join(''))
  const shop: ScriptedShop = {
    ...server,
    operations: [],
    file,
    ending: { status: 'COMPLETED', url: lines.length === 0 ? null : `${server.url}/result?signature=once` },
    bend: () => undefined,
    records: lines.length,
    scopes: ['read_orders', 'read_all_orders', 'read_customers', 'read_returns'],
    callsOf: word => counts.get(word) ?? 0,
  }
  return shop
}

/** The root field of a question, or `download`. */
export function wordOf({ path, body }: Asked): string {
  if (!path.endsWith('graphql.json')) return 'download'
  const text = (body as { readonly query: string }).query
  return /\{\s*(?:\w+\s*:\s*)?(\w+)/.exec(text)?.[1] ?? ''
}

function reaction(shop: ScriptedShop, asked: Asked): Reaction {
  const { query, id: wanted } =
    ((asked.body ?? {}) as { readonly variables?: Readonly<Record<string, string>> }).variables ?? {}
  switch (wordOf(asked)) {
    case 'bulkOperationRunQuery':
      return data({ bulkOperationRunQuery: { bulkOperation: { id: begin(shop, query ?? '') }, userErrors: [] } })
    case 'bulkOperation':
      return data({ bulkOperation: look(shop, wanted ?? '') })
    case 'bulkOperations':
      return data({
        bulkOperations: {
          edges: shop.operations.toReversed().map(({ id: gid, query: text }) => ({ node: { id: gid, query: text } })),
        },
      })
    case 'currentAppInstallation':
      return data({ currentAppInstallation: { accessScopes: shop.scopes.map(handle => ({ handle })) } })
    case 'download':
      return download(shop, asked)
    default:
      return data({ [wordOf(asked)]: { edges: [] }, first: { edges: [] }, last: { edges: [] } })
  }
}

export const data = (body: Json): Reaction => ({ body: { data: body } })

export const busy = (...holders: readonly number[]): Reaction =>
  data({
    bulkOperationRunQuery: {
      bulkOperation: null,
      userErrors: [
        {
          code: 'OPERATION_IN_PROGRESS',
          field: null,
          message: `A bulk query operation for this app and shop is already in progress: ${holders.map(id).join(', ')}.`,
        },
      ],
    },
  })

export function begin(shop: ScriptedShop, query: string): string {
  const nth = shop.operations.length + 1
  const found = shop.resultOf?.(query)
  shop.operations.push({
    id: id(nth),
    query,
    status: 'CREATED',
    errorCode: null,
    url: null,
    partialDataUrl: null,
    polls: 0,
    completedAt: null,
    file: found && Buffer.from(found.map(line => `${line}\n`).join('')),
    records: found?.length,
  })
  return id(nth)
}

function look(shop: ScriptedShop, wanted: string): Json {
  const operation = shop.operations.find(each => each.id === wanted)
  if (operation === undefined) return null
  operation.polls += 1
  if (operation.polls === 2) operation.status = 'RUNNING'
  const url = operation.records === 0 ? null : `${shop.url}/result/${shop.operations.indexOf(operation)}`
  const usual = operation.file === undefined ? shop.ending : { status: 'COMPLETED', url }
  const nth = shop.operations.indexOf(operation) + 1
  const special = shop.endingOf?.(operation.query, nth)
  if (operation.polls >= 3) Object.assign(operation, special ?? usual)
  const { status, errorCode, file = shop.file, records = shop.records } = operation
  const isDone = status === 'COMPLETED'
  return {
    id: operation.id,
    status,
    errorCode,
    objectCount: isDone ? String(records) : '0',
    rootObjectCount: isDone ? String(shop.rootsOf?.(nth) ?? rootsIn(file, records)) : '0',
    fileSize: isDone && operation.url !== null ? String(file.length) : null,
    url: operation.url,
    partialDataUrl: operation.partialDataUrl,
    completedAt: operation.completedAt,
  }
}

const rootsIn = (file: Buffer, records: number): number => records - String(file).split('"__parentId":').length + 1

export function download(shop: ScriptedShop, asked: Asked): Reaction {
  const from = Number(/^bytes=([0-9]+)-$/.exec(asked.headers.range ?? '')?.[1] ?? 0)
  const file = shop.operations[Number(/^\/result\/([0-9]+)/.exec(asked.path)?.[1])]?.file ?? shop.file
  const { length } = file
  if (asked.headers.range === undefined) return { body: file, headers: { etag: '"one"' } }
  return {
    status: 206,
    headers: { etag: '"one"', 'content-range': `bytes ${from}-${length - 1}/${length}` },
    body: file.subarray(from),
  }
}
