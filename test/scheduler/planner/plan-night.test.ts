import { expect, test } from 'vitest'
import { config } from '../../../boomerang.config.ts'
import type { Connection } from '../../../contracts/connection.ts'
import { catalogue } from '../../../jobs/catalogue.ts'
import { checkGraph } from '../../../scheduler/kernel/graph.ts'
import { intervalOf, planNight } from '../../../scheduler/planner/plan-night.ts'
import { checkProject } from '../../../scheduler/project.ts'

const at = '2026-06-30T02:00:00.000000Z'
const north = { name: 'north', since: '2026-06-01T00:00:00.000000Z' } as Connection
const orders = { pipeline: 'orders', connection: north, at }

test('a pipeline that never closed begins where its connection begins', () => {
  expect(intervalOf(new Map(), orders)).toEqual({ from: north.since, to: at })
})

test('a pipeline begins where it last closed', () => {
  const from = '2026-06-29T02:00:00.000000Z'
  expect(intervalOf(new Map([['orders north', from]]), orders)).toEqual({ from, to: at })
})

test.each([at, '2026-07-01T02:00:00.000000Z'])('a pipeline that is closed up to %s has nothing to do', end => {
  expect(intervalOf(new Map([['orders north', end]]), orders)).toBeUndefined()
})

const project = checkProject(`${import.meta.dirname}/../../..`, config)
const environment = project.environments[0]

test('a night of the whole house is a graph that can end, and the same night gives the same steps', async () => {
  if (environment === undefined) throw new Error('no environment')
  const planning = { project, environment, catalogue, at, ends: new Map() }
  const steps = await planNight(planning)
  checkGraph(steps)
  expect(steps.length).toBeGreaterThan(20)
  expect(await planNight(planning)).toEqual(steps)
})
