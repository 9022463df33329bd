import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { at, type Path } from '../../contracts/paths.ts'
import { baseUrl, placeOf } from '../../sinks/send.ts'
import { asking } from './paged/asking.ts'
import { type Read, readSlice } from './paged/read-slice.ts'
import { halved, type Slice, sliceOf, sliceText, timeWords } from './paged/slice.ts'
import type { Api, Ask, PagedTerms, Reading } from './paged/terms.ts'
import { type Delivery, type ExtractRequest, fileOf, type Source, type SourceObject } from './source.ts'

/**
 * A kind of record that a vendor gives as a list over HTTP, page by page. A list that moves while it is read is read again; what reaches
 * the vendor's cap is read in halves of its time, and within one second of its ids. Either ends in a Fault where it does not help, and
 * the interval stays open. Nothing is remembered between attempts: the same interval is read anew.
 */
export const pagedObject = (terms: PagedTerms): SourceObject => ({
  name: terms.name,
  format: 'ndjson',
  overlapMs: terms.overlapMs,
  changeSignal: timeWords[terms.time],
  claims: terms.claims,
  ...(terms.whole === undefined ? {} : { whole: terms.whole }),
  async *extract(ctx, request) {
    const waiting = [sliceOf(terms.time, request.interval)]
    const reading = readingOf(ctx, terms, request)
    let files = 0
    for (let slice = waiting.shift(); slice !== undefined; slice = waiting.shift()) {
      const read = await readStill(reading, slice, { file: fileOf(terms, files), land: request.land })
      if (read === 'full') waiting.unshift(...halves(reading, slice))
      else {
        files += 1
        yield read
      }
    }
  },
})

/** Asks a vendor who it is: what stands at `account` in the answer, or the host where each account has its own. */
export const checkPaged =
  (api: Api, { ask, account }: { readonly ask: Ask; readonly account?: Path }): Source['check'] =>
  async (ctx, connection) => {
    const where = `${placeOf(connection)}, account`
    const { body } = await asking(ctx, { api, connection, where })(ask)
    const found = account === undefined ? new URL(baseUrl(ctx, connection)).hostname : at(body, account)
    if (typeof found === 'string' && found !== '') return { account: found }
    throw new Fault({
      what: `${api.vendor} did not say which account this is`,
      where,
      hint: api.rights,
      retry: 'never',
    })
  }

function readingOf(ctx: Context, terms: PagedTerms, { connection }: ExtractRequest): Reading {
  const where = `${placeOf(connection)}, ${terms.name}`
  const ask = asking(ctx, { api: terms.api, connection, where })
  return { ctx, terms, where, page: from => ask(from, terms.records) }
}

/** Reads a slice until it stood still for as long as that took. */
async function readStill(
  reading: Reading,
  slice: Slice,
  { file, land }: { readonly file: string; readonly land: ExtractRequest['land'] },
): Promise<Delivery | 'full'> {
  for (let attempt = 1; ; attempt += 1) {
    const read: Read = await readSlice(reading, { slice, file, land })
    if (read.state === 'whole') return read.delivery
    if (read.state === 'full') return 'full'
    if (attempt === stillTries) throw restless(reading, slice, read.why)
    reading.ctx.log('list moved', { object: reading.terms.name, why: read.why, slice: sliceText(slice) })
  }
}

const stillTries = 3

function halves({ ctx, terms, where }: Reading, slice: Slice): readonly Slice[] {
  const now = Math.floor(ctx.now().getTime() / 1000)
  const found = terms.halving === undefined ? undefined : halved(slice, { by: terms.halving, now })
  if (found !== undefined) return found
  throw new Fault({
    what: `${terms.api.vendor} has ${terms.most} records or more and gives no others beyond them, and the list cannot be halved further`,
    where: `${where}, ${sliceText(slice)}`,
    hint: 'Nothing of it is loaded and the interval stays open: what comes after would be missing unseen.',
    retry: 'never',
  })
}

const restless = ({ terms, where }: Reading, slice: Slice, why: string): Fault =>
  new Fault({
    what: `the list did not stand still in ${stillTries} readings: ${why}`,
    where: `${where}, ${sliceText(slice)}`,
    hint: `Nothing of it is loaded and the interval stays open. It is read again later; a quieter hour at ${terms.api.vendor} may help.`,
    retry: 'later',
  })
