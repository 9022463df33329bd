import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * One process does many files, so that the code is loaded once; what a test changes in its process, it changes back. What a process of
 * a test has compiled, the next one finds.
 */
export default defineConfig({
  test: {
    isolate: false,
    globalSetup: 'test/servers.ts',
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'boomerang-compile-cache') },
    testTimeout: 30_000,
  },
})
