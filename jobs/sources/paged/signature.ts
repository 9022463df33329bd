import { z } from 'zod'
import type { Connection } from '../../../contracts/connection.ts'
import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { parsedJson } from '../../../contracts/parsed-json.ts'
import { type HttpRequest, placeOf, send } from '../../../sinks/send.ts'

/** How a request says who asks. */
export interface Signature {
  headers(): Promise<Readonly<Record<string, string>>>
  /** After a refusal: true where other headers are at hand, and the question may be asked once more. */
  renewed(): Promise<boolean>
}

export type Sign = (ctx: Context, connection: Connection) => Signature

/** The values of the connection's secrets of these names; a Fault names those that it lacks. */
export function secretsOf<N extends string>(
  ctx: Context,
  connection: Connection,
  { names, fresh = false }: { readonly names: readonly N[]; readonly fresh?: boolean },
): Readonly<Record<N, string>> {
  const missing = names.filter(name => connection.secrets[name] === undefined)
  if (missing.length > 0)
    throw new Fault({
      what: `the connection names no secret ${missing.join(', ')}`,
      where: `${placeOf(connection)}, secrets`,
      hint: `Add secrets: { ${missing.map(name => `${name}: "env:NAME"`).join(', ')} } to the connection.`,
      retry: 'never',
    })
  const read = (name: N): string => ctx.secret(connection.secrets[name] ?? '', fresh)
  return Object.fromEntries(names.map(name => [name, read(name)])) as Readonly<Record<N, string>>
}

/** Keys that a person made: read anew once they are refused, for they may have been changed meanwhile. */
export const keys =
  <N extends string>(
    names: readonly N[],
    headersOf: (values: Readonly<Record<N, string>>) => Readonly<Record<string, string>>,
  ): Sign =>
  (ctx, connection) => {
    const read = (fresh: boolean) => headersOf(secretsOf(ctx, connection, { names, fresh }))
    let held: Readonly<Record<string, string>> | undefined
    return {
      async headers() {
        held ??= read(false)
        return held
      },
      async renewed() {
        const refused = JSON.stringify(held)
        held = read(true)
        return JSON.stringify(held) !== refused
      },
    }
  }

/** The base64 of `name:password` behind `Basic`. */
export const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** A token that the vendor gives for a time (OAuth 2.0) and that is asked for again before it ends, or once it is refused. */
export const granted =
  (request: (ctx: Context, connection: Connection) => HttpRequest): Sign =>
  (ctx, connection) => {
    let held: { readonly token: string; readonly until: number } | undefined
    return {
      async headers() {
        if (held === undefined || ctx.now().getTime() >= held.until) held = await grant(ctx, connection, request)
        return { authorization: `Bearer ${held.token}` }
      },
      async renewed() {
        const refused = held?.token
        held = await grant(ctx, connection, request)
        return held.token !== refused
      },
    }
  }

const answer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() })
/** A token is not used in its last minutes: a page may take as long. */
const earlyMs = 5 * 60 * 1000

async function grant(
  ctx: Context,
  connection: Connection,
  request: (ctx: Context, connection: Connection) => HttpRequest,
): Promise<{ readonly token: string; readonly until: number }> {
  const reply = await send(ctx, request(ctx, connection))
  const read = reply.state === 'answered' ? answer.safeParse(parsedJson(reply.body)) : undefined
  if (reply.state === 'answered' && reply.status === 200 && read?.success === true) {
    ctx.hide(read.data.access_token)
    const lastsMs = read.data.expires_in * 1000
    return { token: read.data.access_token, until: ctx.now().getTime() + Math.max(lastsMs / 2, lastsMs - earlyMs) }
  }
  const isRefused = reply.state === 'answered' && reply.status >= 400 && reply.status < 500 && reply.status !== 429
  throw new Fault({
    what: reply.state === 'answered' ? `no access token was given (${reply.status})` : reply.why,
    where: `${placeOf(connection)}, access token`,
    hint: isRefused
      ? 'See that the connection’s secrets are those of an integration that still stands, for this account.'
      : 'It is tried again later.',
    retry: isRefused ? 'never' : 'later',
  })
}
