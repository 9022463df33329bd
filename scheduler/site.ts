import { resolve } from 'node:path'
import type { Environment, Project } from '../contracts/connection.ts'
import { Fault } from '../contracts/fault.ts'
import { type Outside, openReferences, outsideOf } from './context.ts'
import { readProject } from './project.ts'
import type { StateTerms } from './state/open.ts'

/** Where a command works, before anything of it is opened. */
export interface Site {
  readonly project: Project
  readonly environment: Environment
  readonly outside: Outside
  /** Resolved: where the state store is, and its password. */
  readonly stateTerms: StateTerms
}

export interface SiteTerms {
  readonly root: string
  /** As named on the command line; the only one, or the one that delivers, where it is not named. */
  readonly environment?: string
}

export async function readSite({ root, environment: wanted }: SiteTerms): Promise<Site> {
  const project = await readProject(resolve(root))
  const environment = environmentOf(project, wanted)
  const outside = outsideOf(project.root, { clock: environment.clock, open: openReferences(environment) })
  const { address, password } = environment.state
  const stateTerms = {
    address: outside.secret(address),
    password: password === undefined ? undefined : outside.secret(password),
  }
  return { project, environment, outside, stateTerms }
}

export function environmentOf({ environments }: Project, wanted: string | undefined): Environment {
  const found =
    wanted === undefined
      ? (environments.find(({ delivers }) => delivers) ?? environments[0])
      : environments.find(({ name }) => name === wanted)
  if (found !== undefined) return found
  throw new Fault({
    what: `there is no environment ${wanted}; there are ${environments.map(({ name }) => name).join(', ')}`,
    where: 'boomerang.config.ts',
    hint: 'Name one of them with --environment.',
    retry: 'never',
  })
}
