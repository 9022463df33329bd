import { Redis } from 'ioredis'
import { Fault } from '../../contracts/fault.ts'
import type { RedisPlace } from '../deliver/bullmq.ts'
import type { State } from '../state/state.ts'
import { slackMs } from './clock-slack.ts'
import type { Says } from './look.ts'

/** What a Redis says of itself: its answers to INFO as `name: value`, and its clock in milliseconds. */
export interface RedisInfo {
  readonly facts: Readonly<Record<string, string>>
  readonly aheadMs: number
}

/** Whether wakes are safe there: the version that BullMQ needs, nothing evicted, the log on, its clock that of the state store. */
export function judgeRedis({ facts, aheadMs }: RedisInfo): Says {
  const version = facts.redis_version ?? '0'
  const says = `${facts.server_name ?? 'redis'} ${facts.valkey_version ?? version}`
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 6 || (major === 6 && minor < 2))
    throw new Fault({
      what: `it is ${says}, and BullMQ needs Redis 6.2 or Valkey`,
      where: 'redis',
      hint: 'Bring a newer one; until then leave redis out of the environment: every process then asks the state store itself.',
      retry: 'never',
    })
  const wrong = [
    facts.maxmemory_policy === 'noeviction'
      ? []
      : [
          `maxmemory-policy is ${facts.maxmemory_policy}: wakes may vanish. Next: CONFIG SET maxmemory-policy noeviction`,
        ],
    facts.aof_enabled === '1'
      ? []
      : ['appendonly is off: a restart forgets every wake and costs seconds. Next: CONFIG SET appendonly yes'],
    Math.abs(aheadMs) < slackMs
      ? []
      : [
          `its clock is ${Math.round(aheadMs / 1000)} s off that of the state store. Next: let both machines follow one time server`,
        ],
  ].flat()
  return wrong.length === 0 ? `${says}, noeviction, appendonly` : { warns: `${says}. ${wrong.join('; ')}` }
}

const patienceMs = 5_000

/** Asks the Redis that wakes the steps; a Fault where it does not answer or let us in. */
export async function redisSays(place: RedisPlace, state: Pick<State, 'now'>): Promise<Says> {
  const redis = new Redis({
    ...place,
    lazyConnect: true,
    connectTimeout: patienceMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let said: Error | undefined
  redis.on('error', (error: Error) => {
    said = error
  })
  try {
    return judgeRedis(await withinPatience(asked(redis, state)))
  } catch (error) {
    throw error instanceof Fault ? error : unanswered(place, said ?? (error as Error))
  } finally {
    redis.disconnect()
  }
}

async function asked(redis: Redis, state: Pick<State, 'now'>): Promise<RedisInfo> {
  await redis.connect()
  const facts = factsOf(await redis.info())
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number)
  return { facts, aheadMs: seconds * 1000 + micros / 1000 - (await state.now()) }
}

/** What listens and says nothing would be waited for without end. */
async function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${patienceMs / 1000} seconds`)), patienceMs)
  })
  work.catch(() => undefined)
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const factsOf = (info: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    info
      .split(/\r?\n/)
      .filter(line => line.includes(':'))
      .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )

/** NOAUTH and WRONGPASS: https://redis.io/docs/latest/commands/auth/ */
const unanswered = ({ host, port }: RedisPlace, error: Error): Fault =>
  new Fault({
    what: `it does not answer: ${error.message}`,
    where: `redis ${host}:${port}`,
    hint: /NOAUTH|WRONGPASS|NOPERM/.test(error.message)
      ? 'Correct the password of redis in boomerang.config.ts, or let the user in.'
      : 'See that it runs and that this machine is let through. Until then each process wakes its own steps.',
    retry: 'later',
    cause: error,
  })
