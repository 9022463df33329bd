import type { Command } from 'commander'
import { toFault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import type { Office } from '../office.ts'
import type { Site } from '../site.ts'
import type { Older } from '../state/migrate.ts'

export interface VerbTerms {
  readonly root: string
  readonly catalogue: () => Promise<Catalogue>
  /** Takes the exit code. */
  readonly settle: (code: number) => void
}

type Work = (office: Office) => Promise<number>

export type Does = (command: string, work: Work) => Promise<void>

export const doing =
  (program: Command, terms: VerbTerms): Does =>
  (command, work) =>
    inOffice(program, { ...terms, command }, work)

export const verb = (program: Command, usage: string, description: string): Command =>
  program.command(usage).description(description)

interface Doing extends VerbTerms {
  readonly command: string
  readonly older?: Older
  readonly patience?: number
}

export async function inOffice(program: Command, { root, settle, ...doing }: Doing, work: Work): Promise<void> {
  const { openOffice } = await import('../office.ts')
  const office = await openOffice({ root, ...wanted(program), ...doing })
  try {
    settle(await work(office))
  } catch (error) {
    throw office.outside.masked(toFault(error, `boomerang ${doing.command}`))
  } finally {
    await office.close()
  }
}

/** Where nothing may be opened yet. */
export async function atSite(
  program: Command,
  { root, settle, command }: Doing,
  work: (site: Site) => Promise<number>,
): Promise<void> {
  const { readSite } = await import('../site.ts')
  const site = await readSite({ root, ...wanted(program) })
  try {
    settle(await work(site))
  } catch (error) {
    throw site.outside.masked(toFault(error, `boomerang ${command}`))
  }
}

function wanted(program: Command): { readonly environment?: string } {
  const { environment } = program.opts<{ environment?: string }>()
  return environment === undefined ? {} : { environment }
}
