import { expect, it } from 'vitest'
import { text } from '../../contracts/columns.ts'
import { contract } from '../../contracts/contract.ts'

const made = (pattern: string) =>
  contract('test.thing', {
    version: 1,
    key: ['id'],
    risk: 'analytical',
    authority: 'test',
    rejectLimit: { share: 0, atLeast: 0 },
    row: { id: text('an id', pattern) },
    rules: [],
  })

it('a pattern that is none, or that only JavaScript knows, is refused where it is declared', () => {
  expect(() => made('[0-9+')).toThrow(/^contract test\.thing: id has a pattern that is none: .*Unterminated/)
  for (const pattern of ['(?=a)b', '(?!a)b', '(?<=a)b', '(?<!a)b', '(a)\\1'])
    expect(() => made(pattern)).toThrow(/RE2 knows no looking around/)
  for (const pattern of ['(?:a|b)+', 'a\\.[0-9]', '\\\\1', '[A-Z]{2}']) expect(made(pattern).name).toBe('test.thing')
})
