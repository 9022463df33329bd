import { chance } from '../sandbox/random.ts'
import { lineRecord, orderRecord } from './jobs/gate/orders.ts'

/** A shop whose orders change and vanish while it is asked, and whose API fails in every way that is known of it. */
export interface LivingShop {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  /** The clock of the house: right, ten minutes fast or ten minutes slow, by the seed. */
  readonly now: () => Date
  /** Lets time pass, and the shop with it. */
  readonly pass: (ms: number) => void
  /** From now on nothing changes and nothing fails. */
  readonly calm: () => void
  /** What the shop holds: id to its change time and the ids of its lines. */
  readonly truth: () => ReadonlyMap<string, { readonly at: string; readonly lines: readonly string[] }>
  /** What is gone: id to whether an event tells of it. */
  readonly gone: ReadonlyMap<string, boolean>
  /** Ends the next calls as a killed process would see them, until it is begun anew. */
  killed: boolean
  /** What went wrong, and how often. */
  readonly struck: ReadonlyMap<string, number>
}

interface Living {
  readonly id: number
  /** Milliseconds of its last change, a whole second. */
  at: number
  /** What the search index still holds, until it has caught up; undefined where it has never seen it. */
  indexed: number | undefined
  caughtUp: number
  lines: readonly number[]
}

interface Operation {
  readonly id: string
  readonly query: string
  readonly polls: number
  readonly fate: string
  polled: number
  /** Orders up to this id have been written. */
  upTo: number
  out: string[]
  file: Buffer
  status: string
  link: number
}

const start = Date.parse('2026-06-01T00:00:00Z')
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
const gid = (type: string, n: number): string => `gid://shopify/${type}/${n}`

export function livingShop(seed: number): LivingShop {
  let clock = start
  const skew = ([0, 10, -10][seed % 3] ?? 0) * 60_000
  let drawn = 0
  let calm = false
  let last = 0
  const random = (): number => chance(seed, ++drawn, 'living')
  const struck = new Map<string, number>()
  const happens = (probability: number, what = ''): boolean => {
    const does = !calm && random() < probability
    if (does && what !== '') struck.set(what, (struck.get(what) ?? 0) + 1)
    return does
  }
  const orders = new Map<number, Living>()
  const gone = new Map<string, boolean>()
  const events: { readonly id: number; readonly at: number; readonly order: number }[] = []
  const operations: Operation[] = []

  function touch(id: number): void {
    const known = orders.get(id)
    const at = Math.floor(clock / 1000) * 1000
    const fewer = known === undefined || random() < 0.3 ? Math.ceil(random() * 3) : known.lines.length
    orders.set(id, {
      id,
      at,
      indexed: known?.at,
      caughtUp: clock + Math.floor(random() * 300_000),
      lines: Array.from({ length: fewer }, (_, n) => id * 10 + n),
    })
  }

  function lose(id: number): void {
    orders.delete(id)
    const told = random() < 0.5
    gone.set(gid('Order', id), told)
    if (told) events.push({ id: events.length + 1, at: Math.ceil(clock / 1000) * 1000, order: id })
  }

  function pass(ms: number): void {
    clock += ms
    if (!happens(0.4)) return
    const ids = [...orders.keys()]
    const any = ids[Math.floor(random() * ids.length)]
    const what = random()
    if (any === undefined || what < 0.35) touch(++last)
    else if (what < 0.8) touch(any)
    else lose(any)
  }

  const changedAt = ({ at, indexed, caughtUp }: Living): number | undefined => (clock >= caughtUp ? at : indexed)

  function matches(order: Living, filter: string): boolean {
    const at = changedAt(order)
    const times = [...filter.matchAll(/updated_at:(>=|<)'([^']+)'/g)]
    const ids = [...filter.matchAll(/\bid:(>=|<=)([0-9]+)/g)]
    return (
      times.every(
        ([, sign, bound = '']) =>
          at !== undefined && (sign === '>=' ? at >= Date.parse(bound) : at < Date.parse(bound)),
      ) && ids.every(([, sign, bound]) => (sign === '>=' ? order.id >= Number(bound) : order.id <= Number(bound)))
    )
  }

  const linesOf = (order: Living, query: string): readonly string[] => {
    if (!query.includes('lineItems')) return [`{"id":"${gid('Order', order.id)}"}`]
    const own = JSON.stringify({ ...orderRecord(order.id), customer: null, updatedAt: iso(order.at) })
    const below = order.lines.map(line => JSON.stringify({ ...lineRecord(order.id), id: gid('LineItem', line) }))
    return [own, ...below]
  }

  function step(operation: Operation): void {
    operation.polled += 1
    const isLast = operation.polled >= operation.polls
    const reach = isLast ? Number.POSITIVE_INFINITY : operation.upTo + Math.ceil(random() * 40)
    const filter = /query: "((?:[^"\\]|\\.)*)"/.exec(operation.query)?.[1]?.replaceAll('\\"', '"') ?? ''
    for (const order of [...orders.values()].sort((a, b) => a.id - b.id))
      if (order.id > operation.upTo && order.id <= reach && matches(order, filter))
        operation.out.push(...linesOf(order, operation.query))
    operation.upTo = reach
    operation.status = isLast ? 'COMPLETED' : 'RUNNING'
    if (isLast) finish(operation)
  }

  function finish(operation: Operation): void {
    if (operation.fate === 'shuffled') operation.out.sort((a, b) => chance(seed, a) - chance(seed, b))
    if (operation.fate === 'twice') operation.out.push(...operation.out.slice(0, 2))
    const written = operation.fate === 'short' ? operation.out.slice(0, -1) : operation.out
    operation.file = Buffer.from(written.map(line => `${line}\n`).join(''))
    if (['FAILED', 'CANCELED', 'EXPIRED'].includes(operation.fate)) operation.status = operation.fate
  }

  function fateOf(): string {
    const at = calm ? 1 : random()
    const fates = [
      'FAILED',
      'FAILED',
      'TIMEOUT',
      'CANCELED',
      'EXPIRED',
      'short',
      'short',
      'twice',
      'shuffled',
      'shuffled',
    ]
    const fate = fates[Math.floor(at * 30)] ?? 'good'
    struck.set(fate, (struck.get(fate) ?? 0) + 1)
    return fate
  }

  function begin(query: string): Operation {
    const fate = fateOf()
    const operation: Operation = {
      id: gid('BulkOperation', operations.length + 1),
      query,
      polls: 1 + Math.floor(random() * 4),
      fate: fate === 'TIMEOUT' ? 'FAILED' : fate,
      polled: 0,
      upTo: 0,
      out: [],
      file: Buffer.alloc(0),
      status: 'CREATED',
      link: 1,
    }
    operations.push(operation)
    return operation
  }

  function shown(operation: Operation): unknown {
    const { id, status, out, file, link } = operation
    const url = `https://files.example/${id.split('/').at(-1)}?link=${link}`
    const isDone = status === 'COMPLETED' || status === 'FAILED'
    return {
      id,
      status,
      errorCode: status === 'FAILED' ? (random() < 0.5 ? 'TIMEOUT' : 'INTERNAL_SERVER_ERROR') : null,
      objectCount: String(isDone ? out.length : 0),
      rootObjectCount: String(isDone ? out.filter(line => !line.includes('__parentId')).length : 0),
      fileSize: isDone && out.length > 0 ? String(file.length) : null,
      url: status === 'COMPLETED' && out.length > 0 ? url : null,
      partialDataUrl: status === 'FAILED' && out.length > 0 ? url : null,
    }
  }

  function eventPage({ filter, after }: { readonly filter: string; readonly after: string | null }): unknown {
    const since = Date.parse(/created_at:>='([^']+)'/.exec(filter)?.[1] ?? '')
    const found = events.filter(({ id, at }) => at >= since && id > Number(after ?? 0))
    const page = found.slice(0, 3)
    const edges = page.map(({ id, at, order }) => ({
      node: {
        id: gid('BasicEvent', id),
        action: 'destroy',
        createdAt: iso(at),
        subjectId: gid('Order', order),
        subjectType: 'ORDER',
      },
    }))
    if (happens(0.1, 'repeated cursor')) return { edges, pageInfo: { hasNextPage: true, endCursor: after } }
    const endCursor = page.length === 0 ? null : String(page.at(-1)?.id)
    return { edges, pageInfo: { hasNextPage: found.length > page.length, endCursor } }
  }

  function ends(filter: string): unknown {
    const found = [...orders.values()].filter(order => matches(order, filter)).sort((a, b) => a.id - b.id)
    const edge = (order: Living | undefined): unknown => ({
      edges: order === undefined ? [] : [{ node: { id: gid('Order', order.id) } }],
    })
    return { first: edge(found[0]), last: edge(found.at(-1)), orders: edge(found[0]) }
  }

  function answer(text: string, variables: Readonly<Record<string, string | null>>): unknown {
    const find = (): Operation | undefined => operations.find(({ id }) => id === variables.id)
    const root = /\{\s*(?:\w+\s*:\s*)?(\w+)/.exec(text)?.[1]
    switch (root) {
      case 'currentAppInstallation':
        return {
          currentAppInstallation: {
            accessScopes: [{ handle: 'read_all_orders' }, { handle: 'read_customers' }, { handle: 'read_returns' }],
          },
        }
      case 'bulkOperationRunQuery':
        return { bulkOperationRunQuery: { bulkOperation: { id: begin(variables.query ?? '').id }, userErrors: [] } }
      case 'bulkOperations':
        return { bulkOperations: { edges: operations.toReversed().map(({ id, query }) => ({ node: { id, query } })) } }
      case 'bulkOperation': {
        const found = find()
        if (found !== undefined && ['CREATED', 'RUNNING'].includes(found.status)) step(found)
        return { bulkOperation: found === undefined ? null : shown(found) }
      }
      case 'events':
        return { events: eventPage(variables as { filter: string; after: string | null }) }
      default:
        return ends(variables.filter ?? '')
    }
  }

  function download(url: string, init: RequestInit | undefined): Response {
    const found = operations.find(({ id }) => id.endsWith(`/${/example\/([0-9]+)/.exec(url)?.[1]}`))
    if (found === undefined || happens(0.05, 'expired link')) return new Response('<Error/>', { status: 403 })
    if (happens(0.1, 'download 503')) return new Response('busy', { status: 503 })
    const from = Number(/bytes=([0-9]+)-/.exec(new Headers(init?.headers).get('range') ?? '')?.[1] ?? 0)
    const { length } = found.file
    const until = happens(0.25, 'cut download') ? from + Math.floor(random() * (length - from)) : length
    const headers: Record<string, string> = random() < 0.5 ? { 'content-length': String(length - from) } : {}
    if (from > 0) headers['content-range'] = `bytes ${from}-${length - 1}/${length}`
    return new Response(cutStream(found.file.subarray(from, until), random() < 0.5 && until < length), {
      status: from > 0 ? 206 : 200,
      headers,
    })
  }

  function trouble(): Response | undefined {
    const kinds = [
      () => json({ errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] }),
      () => new Response('', { status: 429, headers: { 'retry-after': '1' } }),
      () => new Response('', { status: 429, headers: { 'retry-after': new Date(clock + 2_000).toUTCString() } }),
      () => new Response('', { status: 500 }),
      () => new Response('<html>Bad Gateway</html>', { status: 502 }),
      () => new Response('<html>Welcome</html>', { status: 200 }),
      () => new Response('{"data":{"bulkOpera', { status: 200 }),
      () => new Response('', { status: 401 }),
      () => new Response('', { status: 403 }),
    ]
    return happens(0.1, 'bad answer') ? kinds[Math.floor(random() * kinds.length)]?.() : undefined
  }

  const shop: LivingShop = {
    now: () => new Date(clock + skew),
    pass,
    calm: () => {
      calm = true
      clock += 3_600_000
    },
    truth: () =>
      new Map(
        [...orders.values()].map(({ id, at, lines }) => [
          gid('Order', id),
          { at: iso(at), lines: lines.map(line => gid('LineItem', line)).sort() },
        ]),
      ),
    gone,
    struck,
    killed: false,
    async fetch(url, init) {
      if (shop.killed) throw new Error('killed')
      pass(500 + Math.floor(random() * 20_000))
      if (happens(0.02, 'killed')) shop.killed = true
      if (shop.killed) throw new Error('killed')
      if (!url.endsWith('/graphql.json')) return download(url, init)
      if (happens(0.03, 'lost question')) throw lost(['ECONNRESET', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'][drawn % 3])
      const failure = trouble()
      if (failure !== undefined) return failure
      const { query, variables } = JSON.parse(String(init?.body)) as {
        readonly query: string
        readonly variables: Readonly<Record<string, string | null>>
      }
      const data = answer(query, variables)
      if (happens(0.03, 'lost answer')) throw lost('ECONNRESET')
      return json({ data })
    },
  }
  for (let n = 0; n < 12; n += 1) touch(++last)
  return shop
}

const lost = (code = ''): TypeError => new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) })

const json = (body: unknown): Response => new Response(JSON.stringify(body), { status: 200 })

/** The bytes, and then either an end or a break. */
function cutStream(bytes: Buffer, breaks: boolean): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes)
      if (breaks) controller.error(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      else controller.close()
    },
  })
}
