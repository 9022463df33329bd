import { createServer, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'
import { listening } from './listening.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import type { Unbroken } from './unbroken.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where that is asked for which the files of a run share; the first who asks has it made. */
    readonly shared: string
  }
}

/** What the files of one run share: a PostgreSQL, in which each test has a schema of its own, and a night that nothing broke. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  let postgres: Promise<Postgres> | undefined
  let unbroken: Promise<Unbroken> | undefined
  const door = await listening(
    createServer(({ url }, response) => {
      if (url === '/postgres') {
        postgres ??= startPostgres()
        answered(
          response,
          postgres.then(server => server.url),
        )
      } else {
        unbroken ??= import('./unbroken.ts').then(({ unbrokenNight }) => unbrokenNight())
        answered(response, unbroken)
      }
    }),
  )
  provide('shared', door.url)
  return async () => {
    await door.close()
    await (await postgres)?.stop()
  }
}

const answered = (response: ServerResponse, made: Promise<unknown>): unknown =>
  made.then(
    value => response.end(JSON.stringify(value)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
