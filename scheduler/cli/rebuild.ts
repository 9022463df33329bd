import { existsSync } from 'node:fs'
import { Fault } from '../../contracts/fault.ts'
import { exitCodes } from '../exit-codes.ts'
import { type Office, openOffice } from '../office.ts'
import { closedEnds } from '../planner/plan-night.ts'
import type { Site } from '../site.ts'
import { stateExists } from '../state/open.ts'
import { counted } from './table.ts'

/** Makes a new state store in the place of one that is lost; it takes over what the warehouse knows. A Fault where one stands. */
export async function rebuild({ project, environment, stateTerms }: Site): Promise<number> {
  if (await stateExists(stateTerms)) throw stands(stateTerms.address)
  const terms = { root: project.root, environment: environment.name, command: 'rebuild', anew: true } as const
  const office = await openOffice(terms)
  try {
    process.stdout.write(`${await takenOver(office)}\nnext         boomerang status, then boomerang run\n`)
  } finally {
    await office.close()
  }
  return exitCodes.ok.code
}

async function takenOver({ environment: { warehouse }, state, stateTerms, lane }: Office): Promise<string> {
  const made = `A new state store: ${stateTerms.address}.`
  if (!existsSync(warehouse.path))
    return `${made} There is no warehouse to take over from: the next night reads everything from the beginning.`
  await lane.use(async () => undefined)
  const pipelines = counted((await closedEnds(state)).size, 'pipeline')
  return `${made} It knows from the warehouse how far ${pipelines} had been loaded. What only the old one knew is gone: runs, alerts, and sends that were not settled.`
}

const stands = (where: string): Fault =>
  new Fault({
    what: 'a state store stands already',
    where,
    hint: 'There is nothing to rebuild. Where it cannot be used, restore a backup, or move it away first. Nothing was done.',
    retry: 'never',
  })
