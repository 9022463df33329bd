import { toFault } from '../../contracts/fault.ts'
import type { Office } from '../office.ts'

/** What one look at something says of it. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly what: string
  readonly says: string
}

export type Says = string | { readonly warns: string }

/** Looks; what stands in the way is a finding, with what to do next. */
export async function found({ outside }: Office, what: string, look: () => Promise<Says>): Promise<Finding> {
  try {
    const says = await look()
    return typeof says === 'string' ? { verdict: 'ok', what, says } : { verdict: 'warn', what, says: says.warns }
  } catch (error) {
    const fault = outside.masked(toFault(error, what))
    return { verdict: 'fail', what, says: `${fault.what} (${fault.where}). Next: ${fault.hint}` }
  }
}

export const findingRows = (findings: readonly Finding[]): readonly (readonly string[])[] =>
  findings.map(({ verdict, what, says }) => [verdict, what, says])
