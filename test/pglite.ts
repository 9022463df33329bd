import { EventEmitter } from 'node:events'
import { PGlite, types } from '@electric-sql/pglite'
import { type BackendFactory, createPostgresBackend, runMigrations, setDefaultBackendFactory } from 'bullmq'

/** BullMQ on a PostgreSQL that lives in the process of the test, for machines without Redis. No mode of the product. */
export interface LocalBackend {
  close(): Promise<void>
}

/** From now on every queue of this process is kept there, whatever Redis it names; each house in queues of its own. */
export async function startLocalBackend(): Promise<LocalBackend> {
  const database = await PGlite.create({ parsers: { [types.INT8]: text => text } })
  const pool = new LocalPool(database)
  await database.exec('create schema if not exists bullmq')
  await runMigrations(pool)
  await database.exec('set search_path to bullmq, public')
  const factory: BackendFactory = (name, options, more) =>
    createPostgresBackend(
      `${(options as { readonly prefix?: string }).prefix} ${name}`,
      { ...options, connection: pool },
      more,
    ) as never
  setDefaultBackendFactory(factory)
  return {
    async close() {
      setDefaultBackendFactory()
      await database.close()
    },
  }
}

/** What BullMQ asks of a pool of `pg`: its one connection is also each of its clients. */
class LocalPool extends EventEmitter {
  readonly #database: PGlite
  constructor(database: PGlite) {
    super()
    this.setMaxListeners(0)
    this.#database = database
    database.onNotification((channel, payload) => this.emit('notification', { channel, payload }))
  }
  async query<Row>(text: string, values: readonly unknown[] = []): Promise<{ rows: Row[]; rowCount: number }> {
    const results =
      values.length > 0 ? [await this.#database.query<Row>(text, [...values])] : await this.#database.exec(text)
    const last = results.at(-1)
    return { rows: (last?.rows ?? []) as Row[], rowCount: last?.affectedRows ?? last?.rows.length ?? 0 }
  }
  async connect(): Promise<this> {
    return this
  }
  release(): void {}
  async end(): Promise<void> {}
}
