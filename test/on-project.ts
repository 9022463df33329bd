import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MainTerms } from '../scheduler/main.ts'

/** The house's own catalogue and models on a project elsewhere: its settings are the demo's, its state lies in its own folder. */
export function onProject(root: string, argv: readonly string[]): MainTerms {
  const house = join(import.meta.dirname, '..')
  if (!existsSync(join(root, 'boomerang.config.ts'))) {
    cpSync(join(house, 'models', 'staging'), join(root, 'models', 'staging'), { recursive: true })
    cpSync(join(house, 'models', 'marts'), join(root, 'models', 'marts'), { recursive: true })
    writeFileSync(
      join(root, 'boomerang.config.ts'),
      `export { config } from ${JSON.stringify(join(house, 'boomerang.config.ts'))}\n`,
    )
  }
  return { root, argv, catalogue: async () => (await import('../jobs/catalogue.ts')).catalogue }
}
