import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgres } from '../../../scheduler/state/postgres.ts'
import { noPostgres, type Postgres, sharedPostgres } from '../../postgres.ts'
import { stateSuite } from '../../suite/state.ts'

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'on a server', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await sharedPostgres()
  }, 60_000)
  afterAll(() => postgres.stop())

  it('PostgreSQL is given the password that it asks for', async () => {
    await postgres.query(
      `create role guarded login password 'p@ss/w%41 ü'; grant create on database postgres to guarded`,
    )
    const address = `${postgres.url.replace('admin@', 'guarded@')}?schema=guarded`
    const state = await openPostgres({ address, password: 'p@ss/w%41 ü' })
    await expect(state.check()).resolves.toContain('PostgreSQL')
    await state.close()
    await expect(openPostgres({ address, password: 'another' })).rejects.toMatchObject({ retry: 'never' })
    await expect(openPostgres({ address })).rejects.toMatchObject({
      what: 'the server of the state store asks for a password, and none is given',
    })
    await expect(openPostgres({ address: `${address}&password=x` })).rejects.toMatchObject({
      what: 'the address of the state store holds a password, and addresses are shown in errors',
    })
  })

  it('a connection that is lost between two questions of one transaction ends that, and not the process', async () => {
    const state = await openPostgres({ address: `${postgres.url}?schema=cut_${randomUUID().slice(0, 8)}` })
    const work = state.write(async tables => {
      const own = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tables)
      await postgres.query(`select pg_terminate_backend(${own.rows[0]?.pid})`)
      await new Promise(resolve => setTimeout(resolve, 300))
      await tables.selectFrom('run').select('id').execute()
    })
    await expect(work).rejects.toMatchObject({ retry: 'later', what: expect.stringContaining('cannot be reached') })
    await expect(state.now()).resolves.toBeGreaterThan(0)
    await state.close()
  })

  it('a user who may create no schema works in one that was made for it', async () => {
    await postgres.query(`create role narrow login; create schema narrow authorization narrow`)
    const narrow = postgres.url.replace('admin@', 'narrow@')
    const state = await openPostgres({ address: `${narrow}?schema=narrow` })
    await expect(state.now()).resolves.toBeGreaterThan(0)
    await state.close()
    await expect(openPostgres({ address: `${narrow}?schema=another` })).rejects.toMatchObject({
      what: expect.stringContaining('permission denied'),
      retry: 'never',
    })
  })

  stateSuite('PostgreSQL', async () => {
    const schema = `s${randomUUID().slice(0, 8)}`
    return {
      open: () => openPostgres({ address: `${postgres.url}?schema=${schema}` }),
      remove: async () => void (await postgres.query(`drop schema ${schema} cascade`)),
    }
  })
})
