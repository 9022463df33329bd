import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import './bin/allocator.js'
import { LongestFirst } from './test/longest-first.ts'

/**
 * One process does many files, so that the code is loaded once; what a test changes in its process, it changes back. What a process of
 * a test has compiled, the next one finds. While one waits, another works: there is one more of them than there are cores.
 */
export default defineConfig({
  test: {
    isolate: false,
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/servers.ts',
    env: {
      NODE_COMPILE_CACHE: join(tmpdir(), 'boomerang-compile-cache'),
      DUCKDB_JE_MALLOC_CONF: process.env.DUCKDB_JE_MALLOC_CONF ?? '',
    },
    testTimeout: 30_000,
  },
})
