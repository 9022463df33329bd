import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Data flows right, imports point left. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contracts: ['contracts'],
  models: ['contracts', 'models', 'models.lock.json'],
  sinks: ['contracts', 'sinks'],
  jobs: ['contracts', 'models', 'sinks', 'jobs'],
  scheduler: ['contracts', 'models', 'sinks', 'jobs', 'scheduler'],
  sandbox: ['sandbox'],
}
const folders = Object.keys(mayImport)

interface Import {
  readonly from: string
  readonly to: string
}

const files = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name))

const importPattern = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g

const imports = (file: string): readonly Import[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map(([, path = '']) => ({
    from: file,
    to: relative(root, resolve(root, dirname(file), path)),
  }))

const all = folders.flatMap(files)
const top = (path: string): string => path.split('/')[0] ?? ''

it('every import points left: contracts ← models, contracts ← sinks, and all of them ← jobs ← scheduler', () => {
  const wrong = all.flatMap(imports).filter(({ from, to }) => !mayImport[top(from)]?.includes(top(to)))
  expect(wrong).toEqual([])
  expect(all.flatMap(imports).length).toBeGreaterThan(200)
})

it('the simulated world imports nothing of the project, and nothing of the project imports it', () => {
  const crossing = all.flatMap(imports).filter(({ from, to }) => (top(from) === 'sandbox') !== (top(to) === 'sandbox'))
  expect(crossing).toEqual([])
})

it('no files import each other in a circle', () => {
  const below = new Map(all.map(file => [file, imports(file).map(({ to }) => to)]))
  for (let free = ['']; free.length > 0; ) {
    free = [...below].filter(([, needs]) => needs.every(file => !below.has(file))).map(([file]) => file)
    for (const file of free) below.delete(file)
  }
  expect([...below.keys()]).toEqual([])
})

it('no vendor of a sink knows another', () => {
  const vendors = readdirSync(join(root, 'sinks'), { withFileTypes: true })
    .filter(each => each.isDirectory())
    .map(({ name }) => name)
  const vendorOf = (path: string): string | undefined => vendors.find(vendor => path.startsWith(`sinks/${vendor}/`))
  const crossing = all
    .flatMap(imports)
    .filter(
      ({ from, to }) => vendorOf(from) !== undefined && vendorOf(to) !== undefined && vendorOf(from) !== vendorOf(to),
    )
  expect(crossing).toEqual([])
  expect(vendors.length).toBeGreaterThan(1)
})

it('no file of the house resolves a path from its own place, and only the way outside reads the environment', () => {
  const house = all.filter(file => top(file) !== 'sandbox')
  const own = house.filter(file =>
    /import\.meta\.(dirname|filename|url)|__dirname/.test(readFileSync(join(root, file), 'utf8')),
  )
  const thread = 'models/compiler/read-drafts.ts'
  expect(own, 'only a thread is begun from its own file').toEqual([thread])
  const readers = house.filter(file => readFileSync(join(root, file), 'utf8').includes('process.env'))
  expect(readers.every(file => file.startsWith('scheduler/'))).toBe(true)
})

it('the code has no enum, no default export, no `any`, and no file over 300 lines', () => {
  for (const file of all) {
    const text = readFileSync(join(root, file), 'utf8')
    expect(text, file).not.toMatch(/^\s*(export )?(const )?enum |^export default|: any\b|<any>|as any\b/m)
    expect(text.split('\n').length, file).toBeLessThanOrEqual(300)
  }
})
