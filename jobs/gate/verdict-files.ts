import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../contracts/context.ts'
import type { GateFile } from './gated.ts'
import type { Verdict } from './verdict.ts'

/** The verdicts of one file on their way back into the engine: NDJSON files that it reads with its own casts. */
export interface VerdictFiles {
  write(verdict: Verdict, at: { readonly position: number; readonly raw: string }): Promise<void>
  close(): Promise<void>
  /** Where what was accepted of a claim is written, or undefined where nothing was. */
  accepted(claim: number): string | undefined
  /** Where what was rejected is written, or undefined where nothing was. */
  rejected(): string | undefined
}

export function verdictFiles(file: GateFile): VerdictFiles {
  const path = (what: string): string => join(file.scratch, `${file.prefix}_${what}.ndjson`)
  const streams = new Map<string, WriteStream>()
  const open = (what: string): WriteStream => {
    const known = streams.get(what)
    if (known !== undefined) return known
    const stream = createWriteStream(path(what))
    streams.set(what, stream)
    return stream
  }
  const written = (what: string): string | undefined => (streams.has(what) ? path(what) : undefined)
  const put = async (what: string, record: Json): Promise<void> => {
    const stream = open(what)
    if (!stream.write(`${JSON.stringify(record)}\n`)) await once(stream, 'drain')
  }
  return {
    async write(verdict, { position, raw }) {
      const where = { _position: String(position), _ordinal: String(verdict.ordinal) }
      if (verdict.state === 'accepted') {
        const extra = verdict.extra === undefined ? null : JSON.stringify(verdict.extra)
        return put(`accepted${verdict.claim}`, { ...verdict.cells, ...where, _extra: extra })
      }
      const contract = file.claims[verdict.claim]?.contract.name ?? 'unclaimed'
      return put('rejected', {
        contract,
        record: verdict.record,
        ...where,
        raw,
        breaches: JSON.stringify(verdict.breaches),
      })
    },
    async close() {
      await Promise.all(
        [...streams.values()].map(stream => new Promise<void>((done, fail) => stream.on('error', fail).end(done))),
      )
    },
    accepted: claim => written(`accepted${claim}`),
    rejected: () => written('rejected'),
  }
}
