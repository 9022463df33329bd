import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addSandboxCommand } from '../../sandbox/command.ts'
import { commandLine } from '../command-line.ts'

test('the sandbox says what time it is out there, that it stands still, and what does the night of a new day', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sandbox-'))
  const sandbox = async (...argv: readonly string[]): Promise<string> => {
    const ran = await commandLine({
      root,
      argv: ['sandbox', ...argv, '--dir', root],
      catalogue: () => Promise.reject(new Error('not needed')),
      extend: async program => addSandboxCommand(program, { dir: root }),
    })
    return ran.out
  }
  expect(await sandbox('start', '--orders', '50')).toMatch(
    /day 0: it is 2026-06-30T03:00Z\. Its clock stands still until `sandbox advance`/,
  )
  expect(await sandbox('advance')).toBe(
    'Sandbox, day 1: it is 2026-06-30T03:00Z. Next: boomerang run does its night.\n',
  )
  expect(await sandbox('start')).toContain('day 1: it is 2026-06-30T03:00Z.')
  await sandbox('stop')
  rmSync(root, { recursive: true, force: true })
})
