import { expect, test } from 'vitest'
import { checkGraph, prioritiesOf } from '../../../scheduler/kernel/graph.ts'
import { step } from '../fixture.ts'

const problems = (...steps: Parameters<typeof checkGraph>[0]): string => {
  try {
    checkGraph(steps)
    return ''
  } catch (error) {
    return (error as { what: string }).what
  }
}

test('a diamond is a plan', () => {
  const diamond = [
    step('a'),
    step('b', { after: ['a'] }),
    step('c', { after: ['a'] }),
    step('d', { after: ['b', 'c'] }),
  ]
  expect(problems(...diamond)).toBe('')
})

test('steps that wait for each other are named, and those behind them too', () => {
  expect(
    problems(step('a', { after: ['c'] }), step('b', { after: ['a'] }), step('c', { after: ['b'] }), step('d')),
  ).toBe('these steps wait for each other: a, b, c')
})

test('a step twice, a parent that is not planned: all problems are told at once', () => {
  expect(problems(step('a'), step('a'), step('b', { after: ['x'] }))).toBe(
    'the step "a" is planned twice, the second time by the job toy; the step "b" waits for "x", which is not planned',
  )
})

test('what is graver goes first, and of one risk what has the longest chain behind it', () => {
  const steps = [
    step('model', { risk: 'analytical', after: ['orders'] }),
    step('refunds', { risk: 'financial' }),
    step('stock', { risk: 'operational' }),
    step('orders', { risk: 'financial' }),
    step('sync', { risk: 'operational', after: ['model'] }),
  ]
  const priorities = prioritiesOf('night', steps)
  const order = [...priorities].toSorted(([, a], [, b]) => a - b).map(([id]) => id)
  expect(order).toEqual(['orders', 'refunds', 'stock', 'sync', 'model'])
})
