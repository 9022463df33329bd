import type { Command } from 'commander'
import { addAlerts } from './verbs/alerts.ts'
import { addCare } from './verbs/care.ts'
import { addLooks } from './verbs/looks.ts'
import { addCi, addModel } from './verbs/model.ts'
import { addNights } from './verbs/nights.ts'
import { addPast } from './verbs/past.ts'
import { addSchedule } from './verbs/schedule.ts'
import { addServices } from './verbs/services.ts'
import { addSource } from './verbs/source.ts'
import type { VerbTerms } from './verbs/verb.ts'

const groups = [
  addNights,
  addServices,
  addLooks,
  addAlerts,
  addSchedule,
  addPast,
  addSource,
  addModel,
  addCi,
  addCare,
] as const

/** The commands of the house. What a command needs is imported when it is called: help and status stay cheap. */
export function addVerbs(program: Command, terms: VerbTerms): void {
  for (const add of groups) add(program, terms)
}
