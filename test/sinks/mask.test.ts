import { expect, it } from 'vitest'
import { masked } from '../../sinks/mask.ts'

const change = { op: 'upsert', id: 'gid', key: 'k', fields: { city: 'Flensburg', tier: 'gold', gone: null } } as const

it.each([
  ['Email address jane.doe+x@example.co.uk is invalid', 'Email address … is invalid'],
  ['"jane@example" is no address', '"…" is no address'],
  ['call +49 (0)170 123-4567 now', 'call … now'],
  ['no place Flensburg is known', 'no place … is known'],
  ['token shpat_0123456789abcdef refused', 'token … refused'],
  ['Bearer pat-eu1-0123-4567', '…'],
])('of %o only %o is kept', (text, kept) => {
  expect(masked(text, [change])).toBe(kept)
})

it('an answer without anything personal stays as it is', () => {
  expect(masked('VALIDATION_ERROR: loyalty_score must be a number', [change])).toBe(
    'VALIDATION_ERROR: loyalty_score must be a number',
  )
})
