import { toFault } from '../../contracts/fault.ts'
import type { Office } from '../office.ts'

/** What one look at something says of it. */
export interface Finding {
  /** `-`: what it needs is not there. */
  readonly verdict: 'ok' | 'warn' | 'fail' | '-'
  readonly what: string
  readonly says: string
}

export type Says = string | { readonly warns: string } | { readonly lacks: string }

/** Looks; what stands in the way is a finding, with what to do next. */
export async function found(
  { outside }: Pick<Office, 'outside'>,
  what: string,
  look: () => Promise<Says>,
): Promise<Finding> {
  try {
    const says = await look()
    if (typeof says === 'string') return { verdict: 'ok', what, says }
    return 'warns' in says ? { verdict: 'warn', what, says: says.warns } : { verdict: '-', what, says: says.lacks }
  } catch (error) {
    const fault = outside.masked(toFault(error, what))
    return { verdict: 'fail', what, says: `${fault.what} (${fault.where}). Next: ${fault.hint}` }
  }
}

export const findingRows = (findings: readonly Finding[]): readonly (readonly string[])[] =>
  findings.map(({ verdict, what, says }) => [verdict, what, says])
