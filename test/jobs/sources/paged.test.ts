import { createServer, type Server, type ServerResponse } from 'node:http'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { text } from '../../../contracts/columns.ts'
import { contract } from '../../../contracts/contract.ts'
import { Fault } from '../../../contracts/fault.ts'
import { at } from '../../../contracts/paths.ts'
import { cutList } from '../../../jobs/sources/paged/cut-list.ts'
import { keys } from '../../../jobs/sources/paged/signature.ts'
import type { Api, PagedTerms, Paging } from '../../../jobs/sources/paged/terms.ts'
import { pagedObject } from '../../../jobs/sources/paged.ts'
import { claimOf, type Delivery } from '../../../jobs/sources/source.ts'
import {
  type Asked,
  connectionTo,
  type Outside,
  outside,
  type Reaction,
  token,
  type Vendor,
  vendor,
} from '../../sinks/outside.ts'
import { memoryLanding } from './land.ts'
import { type Listening, listening } from './paged-vendor.ts'

const thing = contract('test.thing', {
  version: 1,
  key: ['id'],
  risk: 'analytical',
  authority: 'test',
  rejectLimit: { share: 0, atLeast: 0 },
  row: { id: text('an id') },
  rules: [],
})

const api: Api = {
  vendor: 'Vendor',
  sign: keys(['token'], secrets => ({ authorization: `Bearer ${secrets.token}` })),
  rights: 'Ask for the right to things.',
  refusal: body => String(at(body, 'code') ?? ''),
}

/** Pages of two. */
const pagings = {
  numbered: { kind: 'numbered', size: 2, step: 2, key: 'id' },
  overlapping: { kind: 'numbered', size: 2, step: 1, key: 'id' },
  cursor: { kind: 'cursor', token: 'next' },
  after: { kind: 'after', key: 'id', more: ({ body }) => at(body, 'more') === true },
  next: { kind: 'next', next: ({ body }) => at(body, 'next') as string | undefined },
} as const satisfies Readonly<Record<string, Paging>>

const things = (more: Partial<PagedTerms> & Pick<PagedTerms, 'paging'>) =>
  pagedObject({
    name: 'test.things',
    api,
    claims: [claimOf(thing, { fields: { id: 'id' } })],
    overlapMs: 0,
    time: 'created',
    ask: ({ from, to, ids }, { offset, after }) => ({
      path: '/things',
      query: {
        from: String(from),
        ...(to === undefined ? {} : { to: String(to) }),
        ...(ids === undefined ? {} : { ids: `${ids.from}-${ids.to}` }),
        offset: String(offset),
        ...(after === undefined ? {} : { after }),
      },
    }),
    records: 'things',
    most: 1_000,
    ...more,
  })

const counted: Pick<PagedTerms, 'count'> = { count: ({ body }) => at(body, 'total') as number | undefined }

const interval = { from: '2026-06-28T02:00:00.000000Z', to: '2026-06-29T02:00:00.000000Z' }

let open: (Vendor | Listening)[] = []
afterEach(async () => {
  await Promise.all(open.map(each => each.close()))
  open = []
})

interface Extracted {
  readonly text: string
  readonly ids: readonly unknown[]
  readonly deliveries: readonly Delivery[]
}

async function extract(object: ReturnType<typeof things>, url: string, ctx: Outside = outside()): Promise<Extracted> {
  const landing = memoryLanding()
  const deliveries: Delivery[] = []
  for await (const delivery of object.extract(ctx, { connection: connectionTo(url), interval, land: landing.land }))
    deliveries.push(delivery)
  expect(ctx.memory.size).toBe(0)
  const all = deliveries.map(({ landed }) => String(landing.files.get(landed.name))).join('')
  const ids = all.split('\n').flatMap(line => (line === '' ? [] : [(JSON.parse(line) as { readonly id: unknown }).id]))
  return { text: all, ids, deliveries }
}

async function reacting(react: (asked: Asked, call: number) => Reaction): Promise<Vendor> {
  let call = 0
  const started = await vendor(asked => {
    call += 1
    return react(asked, call)
  })
  open.push(started)
  return started
}

const queryOf = ({ path }: Asked): URLSearchParams => new URL(path, 'http://x').searchParams
const named = (ids: readonly string[]) => ids.map(id => ({ id }))

/** Pages of two of a list that the test may change between them, by every kind of paging at once. */
const pageOf = (ids: readonly string[], asked: Asked): Reaction => {
  const query = queryOf(asked)
  const after = query.get('after')
  const start = after === null ? Number(query.get('offset')) : ids.indexOf(after) + 1
  const page = ids.slice(start, start + 2)
  const more = start + 2 < ids.length
  const next = more ? { next: asked.headers.accept === 'cursor' ? '' : page.at(-1) } : {}
  return { body: { things: named(page), total: ids.length, more, ...next } as never }
}

const letters = (count: number): string[] => Array.from({ length: count }, (_, n) => `t${n}`)

it('an answer without the list is said with the names that came, and no value', async () => {
  const { url } = await reacting(() => ({ body: { items: [{ id: 'secret' }], next: 'secret' } as never }))
  const found = await extract(things({ paging: pagings.cursor }), url).catch(error => error)
  expect(found).toMatchObject({ retry: 'later', what: 'Vendor answered without a list at things' })
  expect(found.hint).toMatch(/^What came is an object with items, next: .* correct the object’s `records`/)
  expect(found.hint).not.toContain('secret')
})

describe('what lands', () => {
  it('is each record as the vendor wrote it, on one line: every digit, every escape, every key', async () => {
    const records = [
      '{"id":"a","price":1.2345678901234567890,"big":12345678901234567890}',
      '{ "id" : "b]}\\"{[" ,\r\n\t"note":"\\u00e9 \\n \\\\" }',
    ]
    const body = Buffer.from(`{"meta":{"things":[{"id":"no"}]},\n "things" : [\n${records.join(' ,\n')}\n]\n}`)
    const { url } = await reacting(() => ({ body }))
    const { text: landed, deliveries } = await extract(things({ paging: pagings.cursor }), url)
    expect(landed).toBe(`${records[0]}\n${records[1]?.replace('\r\n', ' ')}\n`)
    expect(deliveries[0]?.promised).toEqual({ records: 2, bytes: Buffer.byteLength(landed) })
  })

  it('is what JSON’s own reader sees, whatever stands in a list and around it', () => {
    const lists = fc.record({ before: fc.json(), things: fc.array(fc.jsonValue()), indent: fc.nat({ max: 2 }) })
    fc.assert(
      fc.property(lists, ({ before, things: list, indent }) => {
        const body = JSON.stringify({ 'a"b': before, 'th\\ings': [[]], x: { things: list }, z: before }, null, indent)
        const cut = cutList(body, 'x.things') ?? []
        expect(cut.map(text => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(list)))
        expect(cut.join('')).not.toContain('\n')
      }),
    )
  })

  it('is an empty file where there is no record', async () => {
    const { url } = await reacting(() => ({ body: { things: [], total: 0 } }))
    const { text: landed, deliveries } = await extract(things({ paging: pagings.numbered, ...counted }), url)
    expect([landed, deliveries[0]?.promised]).toEqual(['', { records: 0, bytes: 0 }])
  })

  it.each(['numbered', 'overlapping', 'cursor', 'after'] as const)(
    'is every record once, page by page, where paging is %s',
    async kind => {
      for (const count of [1, 2, 3, 4, 5]) {
        const { url } = await reacting(asked => pageOf(letters(count), asked))
        expect((await extract(things({ paging: pagings[kind] }), url)).ids).toEqual(letters(count))
      }
    },
  )

  it('follows the address of the next page, on its own host whatever scheme is written there', async () => {
    const pages: Readonly<Record<string, Reaction>> = {
      '/a': { body: { things: named(['t2']), next: 'https://127.0.0.1/b?x=1' } },
      '/b?x=1': { body: { things: named(['t3']) } },
    }
    const { url } = await reacting(({ path }) => pages[path] ?? { body: { things: named(['t0', 't1']), next: '/a' } })
    expect((await extract(things({ paging: pagings.next }), url)).ids).toEqual(letters(4))
  })

  it('comes last first where the newest is given first', async () => {
    const { url } = await reacting(asked => pageOf(letters(5), asked))
    expect((await extract(things({ paging: pagings.after, newestFirst: true }), url)).ids).toEqual(letters(5).reverse())
  })
})

describe('a door that closes in the middle', () => {
  const closing = (status: number, at = 2) =>
    reacting((asked, call) => (call >= at ? { status, body: { code: 'closed' } } : pageOf(letters(5), asked)))

  it.each([
    [401, 'See that they still stand'],
    [403, 'Ask for the right to things.'],
    [302, 'keys are not sent after it'],
    [400, 'supported'],
  ])('is a Fault that no try will change (%i), with what to do', async (status, hint) => {
    const { url, asked } = await closing(status)
    await expect(extract(things({ paging: pagings.after }), url)).rejects.toMatchObject({
      retry: 'never',
      what: expect.stringContaining(String(status)),
      hint: expect.stringContaining(hint),
    })
    expect(asked).toHaveLength(2)
  })

  it('is opened once with a key that was changed meanwhile, and not a second time', async () => {
    const fresh = 'shpat_new'
    const ctx = outside({
      secret: (reference, again) => (reference === 'env:TOKEN' ? (again === true ? fresh : token) : reference),
    })
    const { url } = await reacting((asked, call) =>
      call >= 2 && asked.headers.authorization !== `Bearer ${fresh}` ? { status: 401 } : pageOf(letters(5), asked),
    )
    expect((await extract(things({ paging: pagings.after }), url, ctx)).ids).toEqual(letters(5))
    const shut = await closing(401)
    await expect(extract(things({ paging: pagings.after }), shut.url, ctx)).rejects.toThrow('401')
    expect(shut.asked).toHaveLength(3)
  })

  it('shows no key in an error or a log', async () => {
    const ctx = outside()
    const { url } = await closing(403)
    const fault = await extract(things({ paging: pagings.after }), url, ctx).catch((error: unknown) => error)
    const { what, where, hint } = fault as Fault
    expect(JSON.stringify([what, where, hint, ctx.logged])).not.toContain(token)
  })
})

describe('a vendor that wants fewer calls', () => {
  const throttling = (headers: Readonly<Record<string, string>>, calls: readonly number[]) =>
    reacting((asked, call) => (calls.includes(call) ? { status: 429, headers } : pageOf(letters(7), asked)))

  it.each([
    ['seconds', '7'],
    ['a date', 'Tue, 30 Jun 2026 03:00:07 GMT'],
  ])('is waited for as long as it says in %s, and then asked more slowly for all that is left', async (_, said) => {
    const ctx = outside()
    const { url } = await throttling({ 'retry-after': said }, [2])
    expect((await extract(things({ paging: pagings.after }), url, ctx)).ids).toEqual(letters(7))
    expect(ctx.waits).toEqual([7_000, 250, 250, 250])
  })

  it('is asked ever more slowly, but never more than five seconds apart', async () => {
    const ctx = outside()
    const { url } = await throttling({}, [1, 2, 3, 4, 5, 6, 8, 9, 10, 11])
    expect((await extract(things({ paging: pagings.after }), url, ctx)).ids).toEqual(letters(7))
    expect(ctx.waits.at(-1)).toBe(5_000)
  })

  it('is left alone where it wants to be for longer than five minutes, and where it never stops', async () => {
    const long = await throttling({ 'retry-after': '301' }, [2])
    await expect(extract(things({ paging: pagings.after }), long.url)).rejects.toMatchObject({
      retry: 'later',
      waitMs: 301_000,
    })
    const endless = await throttling(
      {},
      letters(99).map((_, n) => n),
    )
    await expect(extract(things({ paging: pagings.after }), endless.url)).rejects.toMatchObject({
      retry: 'later',
      what: expect.stringContaining('429'),
    })
    expect(endless.asked.length).toBeLessThan(10)
  })

  it('is given the rest that its headers announce', async () => {
    const resting: Api = { ...api, rest: headers => Number(headers.get('x-left') === '0') * 3_000 }
    const ctx = outside()
    const { url } = await reacting((asked, call) => ({
      ...pageOf(letters(5), asked),
      headers: { 'x-left': call === 2 ? '0' : '9' },
    }))
    await extract(things({ paging: pagings.after, api: resting }), url, ctx)
    expect(ctx.waits).toEqual([3_000])
  })
})

describe('an answer that is none', () => {
  const html = { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>Just a moment</html>') }
  const latin = {
    body: Buffer.concat([Buffer.from('{"things":[{"id":"M'), Buffer.from([0xfc]), Buffer.from('ller"}]}')]),
  }

  it.each<[string, Reaction]>([
    ['500', { status: 500 }],
    ['502', { status: 502, ...html }],
    ['a page of HTML', html],
    ['bytes that are no UTF-8', latin],
    ['an answer without the list', { body: { code: 'busy' } }],
    ['nothing', { cutAfter: 0 }],
  ])('is asked for again when it was %s, and after a burst of them a Fault for later', async (_, broken) => {
    const burst = await reacting((asked, call) => (call > 1 && call < 5 ? broken : pageOf(letters(5), asked)))
    expect((await extract(things({ paging: pagings.after }), burst.url)).ids).toEqual(letters(5))
    const endless = await reacting((asked, call) => (call > 1 ? broken : pageOf(letters(5), asked)))
    await expect(extract(things({ paging: pagings.after }), endless.url)).rejects.toMatchObject({ retry: 'later' })
    expect(endless.asked).toHaveLength(6)
  })

  it('is never a page that was cut, at whatever byte and however its end is told', async () => {
    const body = '{"things":[{"id":"t0"},{"id":"t1","n":12.5}],"total":2}'
    const framings: readonly ((response: ServerResponse) => void)[] = [
      response => response.writeHead(200, { 'content-length': body.length }),
      response => response.writeHead(200),
      response => response.writeHead(200, { connection: 'close', 'transfer-encoding': 'identity' }),
    ]
    for (const frame of framings) {
      const server = await cutting(body, frame)
      const ctx = outside()
      for (let cut = 0; cut < body.length; cut += 1) {
        server.cutAt = cut
        expect((await extract(things({ paging: pagings.cursor }), server.url, ctx)).ids).toEqual(['t0', 't1'])
      }
      expect(ctx.waits).toHaveLength(body.length)
    }
  })

  it('is one whose end does not come in the time that the vendor has', async () => {
    const server = await started(
      createServer((_, response) => {
        response.writeHead(200)
        response.write('{"things":[')
      }),
    )
    const hasty: Api = { ...api, answerMs: 20 }
    await expect(extract(things({ paging: pagings.cursor, api: hasty }), server.url)).rejects.toMatchObject({
      retry: 'later',
      what: expect.stringContaining('no whole answer'),
    })
  })

  async function started(server: Server): Promise<Listening> {
    const found = await listening(server)
    open.push(found)
    return found
  }

  /** Cuts the next answer, and gives the one after it whole. */
  async function cutting(
    body: string,
    frame: (response: ServerResponse) => void,
  ): Promise<{ url: string; cutAt: number | undefined }> {
    const state: { url: string; cutAt: number | undefined } = { url: '', cutAt: undefined }
    const { url } = await started(
      createServer((_, response) => {
        frame(response)
        const { cutAt } = state
        state.cutAt = undefined
        if (cutAt === undefined) response.end(body)
        else response.write(body.slice(0, cutAt), () => response.socket?.end())
      }),
    )
    state.url = url
    return state
  }
})

describe('pages that lead nowhere', () => {
  const circles: readonly (readonly [string, number, Paging, (asked: Asked, call: number) => Reaction])[] = [
    ['a cursor that repeats', 2, pagings.cursor, () => ({ body: { things: named(['a']), next: 'x' } })],
    ['cursors that loop', 4, pagings.cursor, (_, call) => ({ body: { things: named(['a']), next: `x${call % 3}` } })],
    [
      'more that is promised after a page without a record',
      1,
      pagings.after,
      () => ({ body: { things: [], more: true } }),
    ],
    [
      'a key that JSON has rounded',
      1,
      pagings.after,
      () => ({ body: Buffer.from('{"things":[{"id":12345678901234567890}],"more":true}') }),
    ],
    ['an address that leads back', 2, pagings.next, () => ({ body: { things: named(['a']), next: '/things' } })],
  ]
  it.each(circles)('are a Fault, and the interval stays open: %s', async (_, calls, paging, react) => {
    const { url, asked } = await reacting(react)
    await expect(extract(things({ paging }), url)).rejects.toMatchObject({
      retry: 'later',
      what: expect.stringContaining('circle'),
    })
    expect(asked).toHaveLength(calls)
  })

  it('get no key where the next one is said to lie on another host', async () => {
    const { url, asked } = await reacting(() => ({
      body: { things: named(['a']), next: 'https://evil.example/things' },
    }))
    await expect(extract(things({ paging: pagings.next }), url)).rejects.toMatchObject({
      retry: 'never',
      what: expect.stringContaining('evil.example'),
    })
    expect(asked).toHaveLength(1)
  })

  it('end at the total, or where there is none at what is declared', async () => {
    const endless = (asked: Asked): Reaction => ({
      body: { things: named([`a${queryOf(asked).get('offset')}`, 'b']), more: true, total: 40 },
    })
    const total = await reacting(endless)
    await expect(extract(things({ paging: { ...pagings.after, key: 'id' }, ...counted }), total.url)).rejects.toThrow(
      Fault,
    )
    const fresh = await reacting((_, call) => ({
      body: { things: named([`a${call}`, `b${call}`]), more: true, total: 40 },
    }))
    await expect(extract(things({ paging: pagings.after, ...counted }), fresh.url)).rejects.toMatchObject({
      what: expect.stringContaining('more came'),
    })
    expect(fresh.asked.length).toBeLessThan(70)
    const uncounted = await reacting((_, call) => ({ body: { things: named([`a${call}`, `b${call}`]), more: true } }))
    await expect(extract(things({ paging: pagings.after, most: 20 }), uncounted.url)).rejects.toMatchObject({
      retry: 'never',
      what: expect.stringContaining('20 records or more'),
    })
    expect(uncounted.asked).toHaveLength(10)
  })
})

describe('a list that moves while it is read', () => {
  /** Changes once, after the second page of the first reading. */
  const moving = async (change: (ids: string[]) => void, ids = letters(7)) => {
    const server = await reacting((asked, call) => {
      const page = pageOf(ids, asked)
      if (call === 2) change(ids)
      return page
    })
    return { ...server, ids }
  }
  const remove = (id: string) => (ids: string[]) => void ids.splice(ids.indexOf(id), 1)

  it('is read again where the total changed between two pages', async () => {
    const ctx = outside()
    const { url, ids } = await moving(remove('t0'))
    expect((await extract(things({ paging: pagings.numbered, ...counted }), url, ctx)).ids).toEqual(ids)
    expect(ctx.logged.map(({ event }) => event)).toEqual(['list moved'])
  })

  it.each([
    ['stood still', counted],
    ['is not told', {}],
  ])(
    'is read again where pages overlap and the last record of one is not in the next, though the total %s',
    async (_, count) => {
      const { url, ids } = await moving(list => {
        list.splice(0, 2)
        list.push('t7', 't8')
      })
      const { ids: found } = await extract(things({ paging: pagings.overlapping, ...count }), url)
      expect(found).toEqual(ids)
    },
  )

  it('is read again where its pages end before the total', async () => {
    const { url, asked } = await reacting((asked, call) => {
      const { next: _, ...rest } = pageOf(letters(5), asked).body as Readonly<Record<string, never>>
      return call === 2 ? { body: rest } : pageOf(letters(5), asked)
    })
    expect((await extract(things({ paging: pagings.cursor, ...counted }), url)).ids).toEqual(letters(5))
    expect(asked).toHaveLength(5)
  })

  it('gives what came between once, and each record that was pushed to the next page once', async () => {
    const { url } = await moving(list => list.splice(1, 0, 'new'))
    const { ids: found } = await extract(things({ paging: pagings.overlapping }), url)
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(expect.arrayContaining(letters(7)))
  })

  it('is read on by key without another look, and what left it in between is not missed', async () => {
    const ctx = outside()
    const { url } = await moving(remove('t5'))
    expect((await extract(things({ paging: pagings.after, ...counted }), url, ctx)).ids).toEqual(
      letters(7).filter(id => id !== 't5'),
    )
    expect(ctx.logged).toEqual([])
  })

  it('is read again where a page is shorter than the list goes on', async () => {
    const { url, asked } = await reacting((asked, call) =>
      call === 2 ? { body: { things: named(['t2']), total: 5 } } : pageOf(letters(5), asked),
    )
    expect((await extract(things({ paging: pagings.numbered, ...counted }), url)).ids).toEqual(letters(5))
    expect(asked).toHaveLength(5)
  })

  it('is never taken for whole where pages bring fewer than were asked for, though nobody counts', async () => {
    const { url } = await reacting(asked => pageOf(letters(9), asked))
    for (const step of [4, 3]) {
      const paging = { ...pagings.numbered, size: 4, step }
      await expect(extract(things({ paging }), url)).rejects.toMatchObject({ retry: 'later' })
    }
  })

  it('is a Fault for later where it never stands still, with what was seen', async () => {
    let total = 100
    const { url } = await reacting(() => ({ body: { things: named(['a', 'b']), total: total++ } }))
    await expect(extract(things({ paging: pagings.numbered, ...counted }), url)).rejects.toMatchObject({
      retry: 'later',
      what: expect.stringMatching(/3 readings: the vendor counted 104, and then 105/),
    })
  })
})

describe('a list that reaches the vendor’s cap', () => {
  const second = Date.parse(interval.from) / 1000
  interface Row {
    readonly id: string
    readonly at: number
  }
  /** Gives ten rows of a query and never says that there are more. */
  const capped = (rows: readonly Row[]) =>
    reacting(asked => {
      const query = queryOf(asked)
      const [low, high] = (query.get('ids') ?? `0-${2 ** 48}`).split('-').map(Number) as [number, number]
      const found = rows.filter(
        ({ id, at }) =>
          at >= Number(query.get('from')) && at < Number(query.get('to')) && Number(id) >= low && Number(id) <= high,
      )
      return { body: { things: found.slice(0, 10).map(({ id }) => ({ id })), total: Math.min(10, found.length) } }
    })
  const rows = (count: number, at: (n: number) => number): readonly Row[] =>
    Array.from({ length: count }, (_, n) => ({ id: String(n), at: at(n) }))
  const whole: Partial<PagedTerms> & Pick<PagedTerms, 'paging'> = { paging: pagings.cursor, most: 10, ...counted }

  it('is read in halves of its time, one file each, and none is missing', async () => {
    const { url } = await capped(rows(60, n => second + n * 600))
    const { ids, deliveries } = await extract(things({ ...whole, halving: 'time' }), url)
    expect(ids).toEqual(rows(60, () => 0).map(({ id }) => id))
    expect(new Set(deliveries.map(({ landed }) => landed.name)).size).toBe(deliveries.length)
    for (const { promised } of deliveries) expect(promised.records).toBeLessThan(10)
  })

  it('is read in halves of its ids where one second holds it', async () => {
    const { url } = await capped(rows(35, () => second + 5_000))
    expect((await extract(things({ ...whole, halving: 'time and ids' }), url)).ids.toSorted()).toEqual(
      rows(35, () => 0)
        .map(({ id }) => id)
        .toSorted(),
    )
  })

  it('is not taken for whole where it holds exactly as many', async () => {
    const { url } = await capped(rows(10, n => second + n))
    expect((await extract(things({ ...whole, halving: 'time' }), url)).deliveries.length).toBeGreaterThan(1)
    const alone = await reacting(asked => pageOf(letters(12), asked))
    const uncut = things({ ...whole, paging: pagings.after })
    await expect(extract(uncut, alone.url)).rejects.toMatchObject({ retry: 'never' })
    expect(alone.asked).toHaveLength(1)
  })

  it('is a Fault that says so where one second, or one id, cannot be halved', async () => {
    const { url } = await capped(rows(10, () => second + 5_000))
    await expect(extract(things({ ...whole, halving: 'time' }), url)).rejects.toMatchObject({
      retry: 'never',
      what: expect.stringContaining('10 records or more'),
      where: expect.stringContaining('from 2026-06-28T03:23:20Z to 2026-06-28T03:23:21Z'),
    })
    const same = await capped(Array.from({ length: 10 }, () => ({ id: '7', at: second })))
    await expect(extract(things({ ...whole, halving: 'time and ids' }), same.url)).rejects.toMatchObject({
      where: expect.stringContaining('ids 7 to 7'),
    })
    expect(same.asked.length).toBeLessThan(200)
  })
})
