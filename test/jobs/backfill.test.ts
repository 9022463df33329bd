import { expect, test } from 'vitest'
import { config } from '../../boomerang.config.ts'
import { backfillSteps, checkKeepsPast, type Piece } from '../../jobs/backfill.ts'
import { catalogue } from '../../jobs/catalogue.ts'
import type { Pipeline } from '../../jobs/pipeline.ts'
import { pipelinesOf } from '../../jobs/pipeline.ts'
import { checkProject } from '../../scheduler/project.ts'

const [environment] = checkProject('/nowhere', config).environments
if (environment === undefined) throw new Error('the demo has an environment')
const pipelines = pipelinesOf({ environment, catalogue })
const named = (name: string): Pipeline => {
  const found = pipelines.find(({ object }) => object.name === name)
  if (found === undefined) throw new Error(`no pipeline ${name}`)
  return found
}

const asked = '2026-07-01T10:00:00.000000Z'
const piece = (day: string, interval: Piece['interval']): Piece => ({
  pipeline: named('storefront.orders'),
  day,
  interval,
})
const [monday, tuesday, wednesday] = ['2026-06-28', '2026-06-29', '2026-06-30'].map(day => `${day}T22:00:00.000000Z`)
const two = [
  piece('2026-06-29', { from: monday as string, to: tuesday as string }),
  piece('2026-06-30', { from: tuesday as string, to: wednesday as string }),
]

test('each day is extracted and loaded for itself, closes no interval, and waits for no other day', () => {
  const steps = backfillSteps(two, { catalogue, asked })
  expect(steps.map(({ id, after }) => [id, after])).toEqual([
    ['extract storefront.orders north 2026-06-29', []],
    ['load storefront.orders north 2026-06-29', ['extract storefront.orders north 2026-06-29']],
    ['extract storefront.orders north 2026-06-30', []],
    ['load storefront.orders north 2026-06-30', ['extract storefront.orders north 2026-06-30']],
  ])
  expect(steps.map(({ args }) => args)).toEqual(
    two.flatMap(({ interval }) =>
      Array.from({ length: 2 }, () => ({
        pipeline: 'storefront.orders',
        connection: 'north',
        interval,
        asked,
        closes: false,
      })),
    ),
  )
  expect(steps.map(({ pool }) => pool)).toEqual(['north', undefined, 'north', undefined])
})

test('what keeps no past by the time of its changes says so, and what to do instead', () => {
  const says = (name: string): string => {
    try {
      checkKeepsPast(named(name))
      return 'keeps it'
    } catch (error) {
      const { what, hint } = error as { what: string; hint: string }
      return `${what}. ${hint}`
    }
  }
  expect(says('storefront.orders')).toBe('keeps it')
  expect(says('storefront.stock')).toContain('each reading brings all that there is. The next night brings it.')
  expect(says('erp.invoices')).toContain('a file is taken once. `boomerang replay`')
  expect(says('storefront.refund_lines')).toMatch(/it reads more of records that stand\. Ask for /)
  expect(says('reread.orders')).toContain('it reads again what others have read')
  expect(says('storefront.events')).toContain('what it tells is told once')
})
