import { expect, it } from 'vitest'
import { strictJson } from '../../contracts/strict-json.ts'

it('a number that is too long is told by its length, never by its digits: it may be a card', () => {
  expect(strictJson(Buffer.from('{"note":4111111111111111}'))).toEqual({
    ok: false,
    code: 'long_number',
    allowed: 'a number of at most 15 digits; longer ones as text',
    found: '16 digits',
  })
})
