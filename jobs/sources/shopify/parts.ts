import { z } from 'zod'
import type { Context, Json } from '../../../contracts/context.ts'
import type { ExtractRequest, Gap } from '../source.ts'
import { operation } from './bulk.ts'
import type { Slice } from './slice.ts'

const span = z.object({ from: z.number(), to: z.number() })
const slice = z.object({
  time: z.object({ from: z.number(), to: z.number().exactOptional() }).exactOptional(),
  ids: span.exactOptional(),
})
const part = z.object({
  slice,
  /** Operations that failed. */
  tries: z.number(),
  operation: operation.exactOptional(),
  /** Why it will not be read any more. */
  givenUp: z.string().exactOptional(),
  /** The id of the gap that it fills. */
  gap: z.string().exactOptional(),
})

/** One operation's share of what is read for an interval. */
export type Part = z.infer<typeof part>

/** What is read for an interval, part by part, in a memory that outlives the attempt. */
export interface Parts {
  readonly all: readonly Part[]
  /** Durable when it resolves. */
  replace(at: number, ...by: readonly Part[]): Promise<void>
}

const memory = 'bulk'
const remembered = z.object({
  text: z.string(),
  interval: z.object({ from: z.string(), to: z.string() }),
  parts: z.array(part),
})

export interface PartsRequest extends Pick<ExtractRequest, 'interval' | 'gaps'> {
  /** What is read where no earlier attempt is known. */
  readonly slice: Slice
  /** What is asked for; parts of another question are of no use. */
  readonly text: string
}

/** The parts that an earlier attempt at the same request knew; otherwise the interval as one, and before it the gaps of earlier ones. */
export async function partsOf(ctx: Context, request: PartsRequest): Promise<Parts> {
  const { text, interval } = request
  const saved = remembered.safeParse(await ctx.resume.get(memory)).data
  const isSame = saved?.text === text && saved.interval.from === interval.from && saved.interval.to === interval.to
  const whole: Part = { slice: request.slice, tries: 0 }
  const all: Part[] = isSame ? [...saved.parts] : [whole, ...((await request.gaps?.()) ?? []).flatMap(gapPart)]
  return {
    all,
    async replace(at, ...by) {
      all.splice(at, 1, ...by)
      await ctx.resume.set(memory, JSON.parse(JSON.stringify({ text, interval, parts: all })) as Json)
    },
  }
}

/** A gap whose slice is not one of ours is left to whoever wrote it. */
function gapPart(gap: Gap): readonly Part[] {
  const read = slice.safeParse(gap.slice)
  return read.success ? [{ slice: read.data, tries: 0, gap: gap.id }] : []
}
