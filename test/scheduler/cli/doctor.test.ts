import { expect, test } from 'vitest'
import { toyProject, toySettings } from '../toy/project.ts'

test('doctor says that nothing can land where a file stands in the way, and makes nothing', async () => {
  const toy = toyProject()
  const { toy: environment } = toySettings.environments
  toy.config({ ...toySettings, environments: { toy: { ...environment, landing: 'now.txt/landing' } } })
  const { out, code } = await toy.apart('doctor')
  expect(out).toMatch(/^fail +landing +.*taken for each other \(ENOTDIR\)/m)
  expect(code).toBe(1)
  toy.remove()
})
