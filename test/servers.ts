import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { listening } from './listening.ts'
import { type Postgres, startPostgres } from './postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the PostgreSQL of the whole run is asked for; the first who asks has it started. */
    readonly servers: string
  }
}

/** What the files of one run share: a PostgreSQL, in which each test has a schema of its own. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  let postgres: Promise<Postgres> | undefined
  const door = await listening(
    createServer((_, response) => {
      postgres ??= startPostgres()
      postgres.then(
        ({ url }) => response.end(url),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
    }),
  )
  provide('servers', door.url)
  return async () => {
    await door.close()
    await (await postgres)?.stop()
  }
}
