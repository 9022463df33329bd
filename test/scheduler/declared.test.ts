import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'declared-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
mkdirSync(join(root, 'jobs'))
writeFileSync(join(root, 'package.json'), '{ "type": "module" }')

/** In a process of its own, where Node itself imports, as it does for the command line. */
async function importing(files: Readonly<Record<string, string>>): Promise<unknown> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'jobs', name), text)
  const declared = new URL('../../scheduler/declared.ts', import.meta.url).href
  const catalogue = pathToFileURL(join(root, 'jobs', 'catalogue.ts')).href
  const program = `import { declared } from '${declared}'
    await declared(${JSON.stringify(root)}, async () => (await import('${catalogue}')).catalogue)
      .catch(({ name, what, where, retry }) => console.log(JSON.stringify({ name, what, where, retry })))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  return JSON.parse(stdout)
}

it.each([
  [
    'throws',
    {
      'catalogue.ts': "\nimport { a } from './thrown.ts'\nexport const catalogue = a\n",
      'thrown.ts': "\nexport const a = 1\nthrow new TypeError('no claim')\n",
    },
    { what: 'no claim', where: 'jobs/thrown.ts:3' },
  ],
  [
    'is no TypeScript',
    {
      'catalogue.ts': "import { a } from './wrong.ts'\nexport const catalogue = a\n",
      'wrong.ts': '\n\nconst a == 1\n',
    },
    { where: 'jobs/wrong.ts:3' },
  ],
  [
    'imports a name that is not there',
    {
      'catalogue.ts': "\n\nimport { b } from './lacking.ts'\nexport const catalogue = b\n",
      'lacking.ts': 'export const a = 1\n',
    },
    { where: 'jobs/catalogue.ts:3' },
  ],
  [
    'imports a file that is not there',
    { 'catalogue.ts': "import { b } from './nowhere.ts'\nexport const catalogue = b\n" },
    { what: expect.stringContaining('nowhere.ts'), where: 'jobs/catalogue.ts' },
  ],
])('a declaration that %s is said with its place', async (_, files, found) => {
  expect(await importing(files)).toMatchObject({ name: 'Fault', retry: 'never', ...found })
})
