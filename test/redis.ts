import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

/** A Redis server of the test's own, with its data on disk. */
export interface RedisServer {
  readonly port: number
  readonly pid: number
  /** One command on a connection that is opened for it. */
  send(command: string, ...args: readonly string[]): Promise<unknown>
  /** Gives back what was kept of its small disk, where it has one. */
  widen(): void
  /** Ends the process at once; `start` begins another over the same data. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Why there is none, or undefined where there is one. */
export const noRedis = ((): string | undefined => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'skipped: no redis-server is installed (apt-get install redis-server)'
  }
})()

/** Why a server cannot have a small disk of its own, or undefined where it can. */
export const noSmallDisk = ((): string | undefined => {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'skipped: this user may not mount a disk of its own (unshare -rm)'
  }
})()

/** Its folder becomes a disk that is almost full, which nobody else sees. */
const onSmallDisk = 'mount -t tmpfs -o size=3m none "$0" && head -c 2500000 /dev/zero > "$0/ballast" && exec "$@"'

export async function startRedis({ smallDisk = false } = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  const port = await freePort()
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes']
  let child: ReturnType<typeof spawn> | undefined
  const server: RedisServer = {
    port,
    get pid() {
      return child?.pid ?? 0
    },
    async send(command, ...args) {
      const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, maxRetriesPerRequest: 50 })
      redis.on('error', () => undefined)
      try {
        return await redis.call(command, ...args)
      } finally {
        redis.disconnect()
      }
    },
    widen: () => rmSync(join(`/proc/${child?.pid}/root`, folder, 'ballast')),
    async kill() {
      child?.kill('SIGKILL')
      if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
    async start() {
      const command = ['redis-server', ...settings, '--maxmemory-policy', 'noeviction'] as const
      const [program, ...args] = smallDisk
        ? (['unshare', '-rm', 'sh', '-c', onSmallDisk, folder, ...command] as const)
        : command
      child = spawn(program, args, { stdio: 'ignore' })
      await server.send('PING')
    },
    async stop() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}
