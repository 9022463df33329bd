import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { shared } from './shared.ts'

/** A PostgreSQL server. */
export interface Postgres {
  readonly port: number
  /** Its address without a password. */
  readonly url: string
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** As the superuser, on one connection that stays open. */
  stop(): Promise<void>
}

const home = '/usr/lib/postgresql'
const version = existsSync(home) ? readdirSync(home).sort((a, b) => Number(b) - Number(a))[0] : undefined

/** Why there is none, or undefined where there is one. */
export const noPostgres =
  version === undefined ? `skipped: no PostgreSQL is installed in ${home} (apt-get install postgresql)` : undefined

/** Who is called `guarded` is asked for a password, as PostgreSQL does it by itself; the others are not. */
const lettingIn = 'host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n'

/** The server refuses to run as root: then it runs as the user that its package made. */
function owner(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map(what => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' })))
  return { uid: uid as number, gid: gid as number }
}

/** The server of the whole run, for tests that keep to schemas of their own; `stop` only lets go of it. */
export const sharedPostgres = async (): Promise<Postgres> => postgresAt(await shared('postgres'), async () => undefined)

/** One of the test's own, which it may stop, fill or set otherwise. */
export async function startPostgres(): Promise<Postgres> {
  const bin = (name: string): string => join(home, version ?? '', 'bin', name)
  const as = owner()
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid ?? 0)
  const data = join(folder, 'data')
  execFileSync(bin('initdb'), ['-D', data, '-U', 'admin', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  })
  writeFileSync(join(data, 'pg_hba.conf'), lettingIn)
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'max_connections=60',
  ]
  const server = spawn(bin('postgres'), ['-D', data, '-p', String(port), ...settings.flatMap(each => ['-c', each])], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  })
  const url = `postgres://admin@127.0.0.1:${port}/postgres`
  return postgresAt(url, async () => {
    server.kill('SIGINT')
    if (server.exitCode === null) await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })
}

async function postgresAt(url: string, stop: () => Promise<void>): Promise<Postgres> {
  const client = await connected(url)
  return {
    port: Number(new URL(url).port),
    url,
    query: async text => (await client.query(text)).rows as readonly Readonly<Record<string, unknown>>[],
    async stop() {
      await client.end().catch(() => undefined)
      await stop()
    },
  }
}

async function connected(url: string): Promise<pg.Client> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => undefined)
      if (attempt === 200) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}
