import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogue } from '../../jobs/catalogue.ts'
import { checkModels } from '../../models/compiler/check.ts'
import { readModels } from '../../models/compiler/compile.ts'
import { testFunction } from '../../models/compiler/test-functions.ts'
import { testModels } from '../../models/compiler/test-models.ts'
import { openDuckdb } from '../../models/warehouse/duckdb/duckdb.ts'
import { opsRelations } from '../../models/warehouse/ops.ts'
import { rawName } from '../../models/warehouse/raw.ts'
import { root as house } from './fixture.ts'

let root = ''
let page = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'boomerang-docs-'))
  page = await readFile(join(house, 'docs', 'models.md'), 'utf8')
  for (const schema of ['staging', 'marts'])
    await cp(join(house, 'models', schema), join(root, 'models', schema), { recursive: true })
})
afterAll(() => rm(root, { recursive: true, force: true }))

const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(found => found[1] ?? '')

test('what docs/models.md has its reader write is right, green, and builds', async () => {
  const [risk = '', refunds = '', vat = ''] = blocks('sql')
  const [risks = '', exposures = ''] = blocks('yaml')
  const call = /`(- \{ name: adds it.*?\})`/.exec(page)?.[1] ?? ''
  const files = {
    'marts/churn_risk.sql': risk,
    'marts/churn_risk.test.yaml': risks,
    'marts/refunds_as_told.sql': refunds,
    'fn/vat.sql': vat,
    'fn/vat.test.yaml': call,
    'exposures.yaml': exposures,
  }
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, 'models', file)), { recursive: true })
    await writeFile(join(root, 'models', file), text)
  }
  const { contracts } = catalogue
  const compiled = await readModels({ root, known: [...contracts.map(rawName), ...opsRelations] })
  const checked = await checkModels(compiled, { contracts, variables: {} })
  expect(checked.mistakes).toEqual([])
  expect(compiled.exposures).toHaveLength(1)
  const models = compiled.models.filter(({ name }) => name === 'churn_risk')
  const tested = await Array.fromAsync(testModels({ root, models, contracts, columns: checked.columns, variables: {} }))
  expect(tested).toMatchObject([{ result: { missing: [], unexpected: [] } }])
  const engine = await openDuckdb(':memory:')
  const found = await Promise.all(
    compiled.functionTests.map(each => testFunction(engine.local, compiled.functions, each)),
  )
  await engine.close()
  expect(found).toMatchObject([{ found: 'ok' }])
})
