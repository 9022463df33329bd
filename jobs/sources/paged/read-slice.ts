import type { Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { at } from '../../../contracts/paths.ts'
import type { Delivery, Land } from '../source.ts'
import { type Slice, sliceText } from './slice.ts'
import type { Begin, Page, Paging, Reading } from './terms.ts'

/**
 * What became of one reading: a delivery; `moved`, where the list changed while it was read so that a record may be missing; or `full`,
 * where it holds as many records as a reading may bring.
 */
export type Read = { readonly state: 'whole'; readonly delivery: Delivery } | Broken
type Broken = { readonly state: 'moved'; readonly why: string } | { readonly state: 'full' }

export interface SliceFile {
  readonly slice: Slice
  readonly file: string
  readonly land: Land
}

/** Reads a slice page by page into one file, a record a line as the vendor wrote it. */
export async function readSlice(reading: Reading, { slice, file, land }: SliceFile): Promise<Read> {
  const { terms } = reading
  const first = await reading.page(terms.ask(slice, { offset: 0 }))
  const tally: Tally = { records: 0, counts: [], broken: undefined }
  if ((terms.count?.(first, 0) ?? 0) >= terms.most) return { state: 'full' }
  const pages = pagesOf(reading, { slice, first, tally })
  const lines = terms.newestFirst === undefined ? linesOf(pages) : lastFirst(pages)
  const landed = await land(file, lines).catch(error => {
    if (tally.broken === undefined) throw error
  })
  const broken = tally.broken ?? disagreement(tally)
  if (broken !== undefined || landed === undefined) return broken ?? { state: 'moved', why: 'nothing was landed' }
  return { state: 'whole', delivery: { landed, promised: { records: tally.records, bytes: landed.bytes } } }
}

/** Kept while the pages pass. */
interface Tally {
  records: number
  /** What the vendor counted with the first page and with the last. */
  counts: readonly (number | undefined)[]
  broken: Broken | undefined
}

/** One of the two counts must be what was read: what came to the list or left it in between is then accounted for. */
function disagreement({ counts, records }: Tally): Broken | undefined {
  const said = counts.filter(count => count !== undefined)
  if (said.length === 0 || said.includes(records)) return undefined
  return { state: 'moved', why: `${said.at(-1)} records were counted, and ${records} came` }
}

async function* linesOf(pages: AsyncIterable<readonly string[]>): AsyncGenerator<Uint8Array> {
  for await (const texts of pages) if (texts.length > 0) yield Buffer.from(`${texts.join('\n')}\n`)
}

async function* lastFirst(pages: AsyncIterable<readonly string[]>): AsyncGenerator<Uint8Array> {
  const all: (readonly string[])[] = []
  for await (const texts of pages) all.push(texts.toReversed())
  for (const texts of all.reverse()) if (texts.length > 0) yield Buffer.from(`${texts.join('\n')}\n`)
}

interface Walk {
  readonly slice: Slice
  readonly first: Page
  readonly tally: Tally
}

/** The records of each page that no earlier page had, as text. */
async function* pagesOf(reading: Reading, { slice, first, tally }: Walk): AsyncGenerator<readonly string[]> {
  const { terms } = reading
  const seen = new Set<string>()
  let begin: Begin = { offset: 0 }
  let last: Json | undefined
  let mustBeLast = false
  for (let page = first; ; ) {
    const fresh = freshOf(terms.paging, page, last)
    if (fresh === undefined || (mustBeLast && fresh.length > 0))
      throw breakOff(tally, { state: 'moved', why: 'the list shifted between two pages' })
    const count = terms.count?.(page, tally.records)
    note(reading, tally, { count, fresh: fresh.length })
    yield fresh.map(({ text }) => text)
    last = page.records.at(-1)?.value ?? last
    mustBeLast = terms.paging.kind === 'numbered' && page.records.length < terms.paging.size
    const next = nextOf(terms.paging, { page, begin, count })
    if (next === 'end') return
    if (next === 'short') throw breakOff(tally, { state: 'moved', why: 'a page was shorter than the list goes on' })
    const name = typeof next === 'string' ? next : (next.after ?? String(next.offset))
    if (name === '' || seen.has(name)) throw circling(reading, slice)
    seen.add(name)
    begin = typeof next === 'string' ? begin : next
    page = await reading.page(typeof next === 'string' ? next : terms.ask(slice, next))
  }
}

/** Counts a page, and breaks the reading off where it shows that the list moved, or that it is too long. */
function note(
  { terms }: Reading,
  tally: Tally,
  { count, fresh }: { readonly count: number | undefined; readonly fresh: number },
): void {
  const [before] = tally.counts
  const { paging } = terms
  const mustStand = paging.kind === 'numbered' && paging.step >= paging.size
  tally.records += fresh
  if (mustStand && tally.counts.length > 0 && count !== before)
    throw breakOff(tally, { state: 'moved', why: `the vendor counted ${before}, and then ${count}` })
  tally.counts = tally.counts.length === 0 ? [count] : [before, count]
  if (count !== undefined && tally.records > Math.max(count, before ?? 0))
    throw breakOff(tally, { state: 'moved', why: `${count} records were counted, and more came` })
  if (tally.records >= terms.most) throw breakOff(tally, { state: 'full' })
}

/** Marks why a reading ends early: whoever lands it gets an error, and the reader looks at the mark. */
function breakOff(tally: Tally, broken: Broken): Fault {
  tally.broken = broken
  return new Fault({ what: 'the reading was broken off', where: broken.state, hint: '', retry: 'now' })
}

/** What of the page is new. Where pages overlap, that is what follows the last record of the page before; undefined where that is gone. */
function freshOf(paging: Paging, { records }: Page, last: Json | undefined): Page['records'] | undefined {
  if (paging.kind !== 'numbered' || paging.step >= paging.size || last === undefined || records.length === 0)
    return records
  const known = at(last, paging.key)
  const place = records.findIndex(({ value }) => at(value, paging.key) === known)
  return place < 0 ? undefined : records.slice(place + 1)
}

interface Place {
  readonly page: Page
  readonly begin: Begin
  readonly count: number | undefined
}

/** Where the next page begins, or its address; `short` where this one ended although the list goes on. */
function nextOf(paging: Paging, { page, begin, count }: Place): Begin | string | 'end' | 'short' {
  const came = page.records.length
  const offset = begin.offset + came
  switch (paging.kind) {
    case 'numbered': {
      const following = { offset: begin.offset + paging.step }
      if (count === undefined) return came === 0 ? 'end' : following
      return begin.offset + paging.size >= count ? 'end' : came < paging.size ? 'short' : following
    }
    case 'cursor': {
      const token = at(page.body, paging.token) ?? ''
      return token === '' ? 'end' : { offset, after: String(token) }
    }
    case 'after':
      return paging.more(page) ? { offset, after: keyText(at(page.records.at(-1)?.value, paging.key)) } : 'end'
    case 'next':
      return paging.next(page) ?? 'end'
  }
}

/** A key that JSON's reader has rounded would lead to another record. */
const keyText = (key: Json | undefined): string =>
  typeof key === 'string' || (typeof key === 'number' && Number.isSafeInteger(key)) ? String(key) : ''

const circling = ({ where }: Reading, slice: Slice): Fault =>
  new Fault({
    what: 'the pages lead in a circle: a place came twice, or none came where more was promised',
    where: `${where}, ${sliceText(slice)}`,
    hint: 'Nothing of it is loaded and the interval stays open. It is read again; if it stays so, see that `paging` names what leads to the next page, and that `ask` sends it.',
    retry: 'later',
  })
