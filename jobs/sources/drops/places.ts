import type { Connection } from '../../../contracts/connection.ts'
import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { placeOf } from '../../../sinks/send.ts'
import { openFolder } from './folder.ts'
import type { Place } from './place.ts'
import { openS3 } from './s3.ts'
import { openSftp } from './sftp.ts'

type OpenPlace = (ctx: Context, connection: Connection, url: URL) => Promise<Place>

/** By the scheme of the endpoint; an endpoint without one is a folder. */
const places: ReadonlyMap<string, OpenPlace> = new Map([
  ['sftp', openSftp],
  ['s3', openS3],
])

/** Opens the place that a connection's endpoint names; a Fault where it does not let us in. */
export async function openPlace(ctx: Context, connection: Connection): Promise<Place> {
  const endpoint = ctx.secret(connection.endpoint)
  const scheme = /^([a-z0-9]+):\/\//.exec(endpoint)?.[1]
  if (scheme === undefined) return openFolder(endpoint)
  const [open, url] = [places.get(scheme), urlOf(endpoint)]
  if (open !== undefined && url !== null && url.password === '') return open(ctx, connection, url)
  throw new Fault({
    what:
      open === undefined
        ? `files are read from a folder, or by ${[...places.keys()].join(', ')}, and not by ${scheme}`
        : `the endpoint ${url === null ? 'is no address' : 'holds a password, and endpoints are shown in errors'}`,
    where: `${placeOf(connection)}, endpoint`,
    hint: 'Write it as /path, sftp://user@host/path or s3://bucket/prefix, and what is secret under secrets.',
    retry: 'never',
  })
}

/** Null where it is none, or its path is not escaped as it must be. */
function urlOf(endpoint: string): URL | null {
  try {
    const url = URL.parse(endpoint)
    decodeURIComponent(`${url?.username}${url?.pathname}`)
    return url
  } catch {
    return null
  }
}
