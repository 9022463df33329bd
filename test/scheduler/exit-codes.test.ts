import { expect, test } from 'vitest'
import { Fault } from '../../contracts/fault.ts'
import { exitCodeHelp, exitCodeOf, exitCodes } from '../../scheduler/exit-codes.ts'

const facts = { what: 'no', where: 'here', hint: 'Look.' }

test.each([
  ['must be mended first', { retry: 'never' }, 2],
  ['was not foreseen', { retry: 'later' }, 1],
  ['a guard refused', { retry: 'never', kind: 'guard' }, 3],
  ['another command holds', { retry: 'later', kind: 'held' }, 4],
] as const)('what %s ends with its own code', (_, more, code) => {
  expect(exitCodeOf(new Fault({ ...facts, ...more }))).toBe(code)
})

test('the help names every code with what it means', () => {
  for (const { code, means } of Object.values(exitCodes)) expect(exitCodeHelp).toContain(`${code}  ${means}`)
})
