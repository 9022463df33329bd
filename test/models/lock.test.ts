import { describe, expect, test } from 'vitest'
import { type Lock, lockMistakes, lockOf, lockText } from '../../models/lock.ts'

const columns = new Map([
  [
    'marts.a',
    [
      { name: 'id', type: 'VARCHAR' },
      { name: 'total', type: 'DECIMAL(38,9)' },
      { name: 'n', type: 'BIGINT' },
      { name: 'is_new', type: 'BOOLEAN' },
      { name: 'seen', type: 'TIMESTAMP WITH TIME ZONE' },
      { name: 'day', type: 'DATE' },
      { name: 'tags', type: 'VARCHAR[]' },
    ],
  ],
])
const lock: Lock = lockOf(['marts.a'], columns)

describe('the lock of the models', () => {
  test('keeps of each column its kind, as a key, and its type', () => {
    expect(lock).toEqual({
      'marts.a': {
        id: { text: 'VARCHAR' },
        total: { decimal: 'DECIMAL(38,9)' },
        n: { integer: 'BIGINT' },
        is_new: { flag: 'BOOLEAN' },
        seen: { instant: 'TIMESTAMP WITH TIME ZONE' },
        day: { date: 'DATE' },
        tags: { other: 'VARCHAR[]' },
      },
    })
    expect(JSON.parse(lockText(lock))).toEqual(lock)
    expect(lockText(lock)).toContain('\n    "id": { "text": "VARCHAR" },\n')
  })

  test('is right as long as the models give what it says', () => {
    expect(lockMistakes(lockText(lock), lock)).toEqual([])
  })

  test('names what came, what went and what changed its type, where it stands', () => {
    const other = lockText({
      'marts.a': { ...lock['marts.a'], n: { text: 'VARCHAR' }, more: { text: 'VARCHAR' } },
      'marts.gone': { x: { text: 'VARCHAR' } },
    })
    expect(lockMistakes(other, lock)).toMatchObject([
      {
        line: 2,
        what: expect.stringContaining('n was VARCHAR and is BIGINT, more went'),
        hint: expect.stringContaining('model check --write'),
      },
      { line: 12, what: expect.stringContaining('marts.gone gives other columns than models.lock.json says: x went') },
    ])
    expect(lockMistakes('{', lock)).toHaveLength(1)
  })
})
