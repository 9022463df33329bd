import { Fault, toFault } from '../../contracts/fault.ts'
import { houseOf } from '../house.ts'
import type { Log } from '../log.ts'
import type { Office } from '../office.ts'
import type { Site } from '../site.ts'
import { awayNote, redisHealth } from './away.ts'
import type { HouseRedis, RedisPlace } from './bullmq.ts'
import type { Deliverer } from './deliver.ts'
import { inlineDeliverer } from './inline.ts'

/** What wakes the steps of this process: Redis where the environment names one, otherwise the process itself. */
export async function openDeliverer(office: Office, concurrency: number, log: Log): Promise<Deliverer> {
  const found = await redisOf(office)
  if (found === undefined) return inlineDeliverer(concurrency)
  const { bullmqDeliverer } = await import('./bullmq.ts')
  const { queue } = office.traces
  const note = awayNote(office.state)
  const health = redisHealth({
    went(error) {
      const { what: why } = office.outside.masked(toFault(error, 'redis'))
      log('redis is away', { why })
      note.set(why)
    },
    came() {
      log('redis is back')
      note.set(undefined)
    },
  })
  const deliverer = bullmqDeliverer({
    ...found,
    concurrency,
    health,
    ...(queue === undefined ? {} : { traced: queue }),
  })
  return {
    ...deliverer,
    async stop() {
      await deliverer.stop()
      await note.end()
    },
  }
}

/** The Redis that the environment names, if it does. */
export async function redisOf({ state, ...site }: Office): Promise<HouseRedis | undefined> {
  const redis = namedRedis(site)
  return redis === undefined ? undefined : { redis, house: (await houseOf(state)) ?? 'new' }
}

/** Where it is, whoever the house is. */
export function namedRedis({ environment: { redis }, outside }: Site): RedisPlace | undefined {
  if (redis === undefined) return undefined
  return redisPlace(
    outside.secret(redis.address),
    redis.password === undefined ? undefined : outside.secret(redis.password),
  )
}

/** A Fault unless the address is one of Redis, without a password in it. */
export function redisPlace(address: string, password?: string): RedisPlace {
  const url = URL.parse(address)
  const db = Number(url?.pathname.slice(1) || 0)
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.password !== '' || !Number.isInteger(db))
    throw new Fault({
      what:
        url !== null && url.password !== '' ? 'the address of Redis holds a password' : 'the address of Redis is none',
      where: 'boomerang.config.ts, redis',
      hint: 'Write redis://host:6379/0, or rediss:// for an encrypted line, and the password as a reference of its own.',
      retry: 'never',
    })
  return {
    host: url.hostname,
    port: Number(url.port || 6379),
    db,
    ...(url.username === '' ? {} : { username: url.username }),
    ...(password === undefined ? {} : { password }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  }
}
