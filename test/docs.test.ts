import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { further, shopWith } from '../jobs/sources/shopify/shopify.ts'
import type { Source, SourceObject } from '../jobs/sources/source.ts'
import { memoryLanding } from './jobs/sources/land.ts'
import { type Listening, listening } from './jobs/sources/paged-vendor.ts'
import { mutants } from './mutants/mutants.ts'
import { connectionTo, outside } from './sinks/outside.ts'

const root = join(import.meta.dirname, '..')

interface Block {
  readonly path: string
  readonly text: string
}

/** The TypeScript of a page, each block under the path that the sentence before it names. */
async function blocksOf(page: string): Promise<readonly Block[]> {
  const text = await readFile(join(root, page), 'utf8')
  return [...text.matchAll(/`((?:contracts|jobs)\/\S+\.ts)`[^`]*\n\n?```ts\n(.*?)```/gs)].map(found => ({
    path: found[1] ?? '',
    text: found[2] ?? '',
  }))
}

let folder: string
let vendor: Listening
let asked: string[]
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'test/.page-'))
  vendor = await listening(
    createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://127.0.0.1')
      asked.push(`${url.search} ${request.headers.authorization}`)
      const after = Number(url.searchParams.get('after') ?? 0)
      const reviews = [1, 2].map(n => ({
        id: after + n,
        sku: 'AB12-RED-M',
        stars: 5,
        created: '2026-06-29T10:00:00Z',
        updated: '2026-06-29T10:00:00Z',
      }))
      response.end(JSON.stringify({ reviews, next: after < 4 ? String(after + 2) : null }))
    }),
  )
})
afterAll(async () => {
  await vendor.close()
  await rm(folder, { recursive: true, force: true })
})

it('the paged source of docs/sources.md takes under sixty lines, and reads every page', async () => {
  asked = []
  const blocks = await blocksOf('docs/sources.md')
  expect(blocks.map(({ path }) => path)).toEqual(['contracts/reviews/review.ts', 'jobs/sources/reviews.ts'])
  expect(blocks.reduce((sum, { text }) => sum + text.trimEnd().split('\n').length, 0)).toBeLessThan(60)
  const [contract, source] = await Promise.all(blocks.map(written))
  expect(contract).toBeDefined()
  const { objects } = ((await import(pathToFileURL(source ?? '').href)) as { readonly source: Source }).source
  const landing = memoryLanding()
  const connection = connectionTo(vendor.url, { secrets: { key: 'hidden' } })
  const interval = { from: '2026-06-29T02:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }
  for await (const { promised } of (objects[0] as SourceObject).extract(outside(), {
    connection,
    interval,
    land: landing.land,
  }))
    expect(promised.records).toBe(6)
  expect(asked).toEqual([
    '?updated_since=2026-06-29T02%3A00%3A00Z Bearer hidden',
    '?updated_since=2026-06-29T02%3A00%3A00Z&after=2 Bearer hidden',
    '?updated_since=2026-06-29T02%3A00%3A00Z&after=4 Bearer hidden',
  ])
})

it('docs/sources/shopify.md lists every object of a shop with what says that it changed', async () => {
  const page = await readFile(join(root, 'docs/sources/shopify.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z]+\.\w+)` \| ([^|]+) \|/gm)].map(([, name, signal]) => [name, signal])
  const objects = shopWith(...further).objects.map(({ name, changeSignal }) => [name, changeSignal])
  expect(rows.toSorted()).toEqual(objects.toSorted())
})

it('docs/faults.md names tests that exist, mutants that exist, and every one of them', async () => {
  const page = await readFile(join(root, 'docs/faults.md'), 'utf8')
  const files = [...page.matchAll(/`(test\/[^`*]+\.ts)`|\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, a, b]) => a ?? b ?? '')
  expect(files.filter(file => !existsSync(join(root, file)))).toEqual([])
  expect(files.length).toBeGreaterThan(30)
  const [, table = ''] = page.split('## The faults')
  const named = [...table.matchAll(/"([^"]+)"/g)].map(([, name]) => name)
  expect([...new Set(named)].toSorted()).toEqual(mutants.map(({ name }) => name).toSorted())
})

/** Writes a block beside its like, so that it finds what it imports. */
async function written({ path, text }: Block): Promise<string> {
  const file = join(folder, path.replaceAll('/', '-'))
  const here = join(root, path, '..')
  const found = text.replaceAll(/from '(\.[^']+)'/g, (_, from: string) => {
    const wanted = join(here, from)
    const own = join(folder, wanted.slice(root.length + 1).replaceAll('/', '-'))
    return `from '${wanted.includes('/reviews/') ? own : wanted}'`
  })
  await writeFile(file, found)
  return file
}
