import { describe, expect, test } from 'vitest'
import { selectModels } from '../../../models/compiler/select.ts'
import type { Model } from '../../../models/model.ts'

const model = (relation: string, reads: readonly string[], header: Partial<Model['header']> = {}): Model =>
  ({
    relation,
    name: relation.split('.')[1],
    file: `models/${relation.replace('.', '/')}.sql`,
    reads,
    header: { kind: 'table', tags: [], ...header },
  }) as unknown as Model

const models = [
  model('staging.orders', ['raw.order'], { kind: 'view' }),
  model('staging.customers', ['raw.customer'], { tags: ['people'] }),
  model('marts.orders', ['staging.orders'], { tags: ['finance', 'daily'], owner: 'growth' }),
  model('marts.customers', ['staging.customers', 'marts.orders'], { tags: ['people', 'daily'] }),
  model('marts.loyalty', ['marts.customers'], { owner: 'marketing' }),
]

const names = (...terms: readonly string[]): readonly string[] =>
  selectModels(models, { terms, changed: new Set(['marts.orders']) }).map(({ relation }) => relation)

const refusal = (term: string): unknown => {
  try {
    return names(term)
  } catch (error) {
    return error
  }
}

describe('a selection', () => {
  test.each([
    [[], models.map(({ relation }) => relation)],
    [['marts.loyalty'], ['marts.loyalty']],
    [['loyalty'], ['marts.loyalty']],
    [['models/marts/loyalty.sql'], ['marts.loyalty']],
    [['orders'], ['staging.orders', 'marts.orders']],
    [['marts.*'], ['marts.orders', 'marts.customers', 'marts.loyalty']],
    [['models/staging/*'], ['staging.orders', 'staging.customers']],
    [['tag:people'], ['staging.customers', 'marts.customers']],
    [['owner:growth'], ['marts.orders']],
    [['kind:view'], ['staging.orders']],
    [['state:changed'], ['marts.orders']],
    [['+marts.orders'], ['staging.orders', 'marts.orders']],
    [['marts.orders+'], ['marts.orders', 'marts.customers', 'marts.loyalty']],
    [['state:changed+'], ['marts.orders', 'marts.customers', 'marts.loyalty']],
    [['+marts.customers+'], models.map(({ relation }) => relation)],
    [
      ['staging.orders', 'marts.loyalty'],
      ['staging.orders', 'marts.loyalty'],
    ],
    [['tag:daily,tag:finance'], ['marts.orders']],
    [['marts.orders+,tag:people'], ['marts.customers']],
  ] as const)('%j', (terms, expected) => {
    expect(names(...terms)).toEqual(expected)
  })

  test('leaves out what is excluded', () => {
    const chosen = selectModels(models, { terms: ['marts.*'], without: ['marts.customers+'] })
    expect(chosen.map(({ relation }) => relation)).toEqual(['marts.orders'])
  })

  test.each([
    ['marts.loyalti', 'Did you mean marts.loyalty?'],
    ['tag:finnance', 'Did you mean tag:finance?'],
    ['tags:finance', 'Did you mean tag:?'],
    ['nothing.like.it.at.all', 'Name models'],
  ])('refuses %s, which names nothing', (term, hint) => {
    expect(refusal(term)).toMatchObject({ what: `no model is named by "${term}"`, hint: expect.stringContaining(hint) })
  })
})
