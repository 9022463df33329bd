import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { openPostgres } from '../../../scheduler/state/postgres.ts'
import { noPostgres, type Postgres, startPostgres } from '../../postgres.ts'
import { stateSuite } from '../../suite/state.ts'

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'on a server', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  }, 60_000)
  afterAll(() => postgres.stop())

  stateSuite('PostgreSQL', async () => {
    const schema = `s${randomUUID().slice(0, 8)}`
    return {
      open: () => openPostgres({ address: `${postgres.url}?schema=${schema}` }),
      remove: async () => void (await postgres.query(`drop schema ${schema} cascade`)),
    }
  })
})
