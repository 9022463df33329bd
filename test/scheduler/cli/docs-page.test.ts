import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { layersOf } from '../../../scheduler/cli/models/docs-graph.ts'
import { header, type ModelProject, modelProject } from './model-project.ts'

/** A browser of the machine, where it has one. */
const browserPath = ['chromium-headless-shell', 'chromium', 'google-chrome'].flatMap(name => {
  try {
    return execFileSync('which', [name], { encoding: 'utf8' }).trim()
  } catch {
    return []
  }
})[0]

test('models stand in layers, each behind the last of those that it reads', () => {
  const models = [
    { relation: 'a', reads: ['raw'] },
    { relation: 'b', reads: ['a'] },
    { relation: 'c', reads: ['a', 'b'] },
    { relation: 'd', reads: [] },
  ]
  expect(layersOf(models)).toEqual([['a', 'd'], ['b'], ['c']])
})

let project: ModelProject
let page = ''
beforeAll(async () => {
  project = modelProject()
  project.write({
    'models/ref/orders.sql': header(
      'kind: seed\nkey: [id]\nowner: growth\ncolumns: { id: { doc: "The <order> & its \\"name\\"" } }',
    ),
    'models/ref/orders.csv': 'id,amount\na,1\n',
    'models/marts/big.sql': header(
      'kind: table\nkey: [id]\ntags: [finance]\naudits: ["id <> \'\'"]',
      'select id, amount as total from ref.orders',
    ),
    'models/marts/big.test.yaml': '- { name: nothing of nothing, expect: [] }\n',
    'models/exposures.yaml':
      '- { name: Sales, owner: growth, url: "https://example.com/sales", reads: [marts.big.total] }\n',
  })
  await project.boomerang('model', 'build')
  const { out } = await project.boomerang('model', 'docs')
  expect(out).toContain('models.html: open it in a browser')
  page = join(project.root, 'models.html')
})
afterAll(() => project.remove())

test('the page of the models needs nothing but itself, and quotes what people wrote', () => {
  const html = readFileSync(page, 'utf8')
  expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)=/)
  expect(html).toContain('The &#60;order&#62; &#38; its &#34;name&#34;')
})

describe.skipIf(browserPath === undefined)('the page of the models, in a browser', () => {
  let browser: Browser
  let shown: Page
  let profile = ''
  const errors: string[] = []
  beforeAll(async () => {
    profile = mkdtempSync(join(tmpdir(), 'boomerang-browser-'))
    browser = await launch({ executablePath: browserPath ?? '', userDataDir: profile, args: ['--no-sandbox'] })
    shown = await browser.newPage()
    shown.on('pageerror', error => errors.push(String(error)))
    await shown.goto(pathToFileURL(page).href)
  })
  afterAll(async () => {
    await browser.close()
    rmSync(profile, { recursive: true, force: true })
    expect(errors).toEqual([])
  })

  const visible = (): Promise<readonly string[]> =>
    shown.$$eval('article', articles =>
      articles.filter(each => each.checkVisibility()).map(each => each.querySelector('h2')?.textContent ?? ''),
    )

  test('shows every model with its columns, promises, tests, owner, freshness and what it is made of', async () => {
    expect(await visible()).toEqual(['ref.orders', 'marts.big', 'Sales'])
    const text = await shown.$eval('main', main => main.textContent)
    for (const words of [
      'owner growth',
      'finance',
      'published 2026-06-30 03:00Z, 1 rows',
      'is not null',
      'ref.orders.amount',
      'nothing of nothing',
      "id <> ''",
      'The <order> & its "name"',
    ])
      expect(text).toContain(words)
  })

  test('draws the lineage, and leads from a box to its model', async () => {
    expect(await shown.$$eval('svg text', all => all.map(each => each.textContent))).toEqual([
      'ref.orders',
      'marts.big',
    ])
    expect(await shown.$$('svg path')).toHaveLength(1)
    await shown.click('svg a:nth-of-type(2)')
    expect(new URL(shown.url()).hash).toBe('#m-marts-big')
  })

  test('finds what holds every word of a search, in columns and SQL too', async () => {
    await shown.type('input', 'total')
    expect(await visible()).toEqual(['marts.big', 'Sales'])
    await shown.type('input', ' finance')
    expect(await visible()).toEqual(['marts.big'])
    expect(
      await shown.$$eval('nav a', all => all.filter(each => each.checkVisibility()).map(each => each.textContent)),
    ).toEqual(['marts.big'])
    await shown.type('input', ' nowhere')
    expect(await shown.$eval('#none', each => each.checkVisibility())).toBe(true)
  })
})

if (browserPath === undefined) console.warn('The page of the models was not looked at: this machine has no Chromium.')
