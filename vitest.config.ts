import { defineConfig } from 'vitest/config'

/** One process does many files, so that the code is loaded once; what a test changes in its process, it changes back. */
export default defineConfig({
  test: {
    isolate: false,
    globalSetup: 'test/servers.ts',
    testTimeout: 30_000,
  },
})
