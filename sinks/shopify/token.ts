import { z } from 'zod'
import type { Connection } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { parsedJson } from '../../contracts/parsed-json.ts'
import { baseUrl, placeOf, send, tokenOf } from '../send.ts'

/** The access token of one shop, as it is now. */
export interface Token {
  current(): Promise<string>
  /** After a token was refused: true where another one is at hand, and the question may be asked once more. */
  renewed(): Promise<boolean>
}

/**
 * A token that an admin made (`secrets.token`), read anew once it is refused; or one that the app asks for itself
 * (`secrets.clientId` and `secrets.clientSecret`), which Shopify gives for 24 hours and which is renewed while a step works.
 * Source: shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant.
 */
export function shopToken(ctx: Context, connection: Connection): Token {
  const { clientId, clientSecret } = connection.secrets
  const fetchToken =
    clientId === undefined || clientSecret === undefined
      ? async (fresh: boolean): Promise<Granted> => ({ token: tokenOf(ctx, connection, fresh), until: Infinity })
      : (fresh: boolean): Promise<Granted> =>
          grant(ctx, connection, { id: ctx.secret(clientId, fresh), secret: ctx.secret(clientSecret, fresh) })
  let held: Granted | undefined
  const current = async (): Promise<string> => {
    if (held === undefined || ctx.now().getTime() > held.until) held = await fetchToken(false)
    return held.token
  }
  return {
    current,
    async renewed() {
      const refused = held?.token
      held = await fetchToken(true)
      return held.token !== refused
    },
  }
}

interface Granted {
  readonly token: string
  /** Milliseconds since 1970, some minutes before its end. */
  readonly until: number
}

const earlyMs = 5 * 60 * 1000

async function grant(
  ctx: Context,
  connection: Connection,
  { id, secret }: { readonly id: string; readonly secret: string },
): Promise<Granted> {
  const where = `${placeOf(connection)}, access token`
  const reply = await send(ctx, {
    method: 'POST',
    url: `${baseUrl(ctx, connection)}/admin/oauth/access_token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }).toString(),
  })
  if (reply.state === 'silent') throw ungranted(where, reply.why, 'later')
  const read = granted.safeParse(parsedJson(reply.body))
  if (reply.status === 200 && read.success) {
    ctx.hide(read.data.access_token)
    return { token: read.data.access_token, until: ctx.now().getTime() + read.data.expires_in * 1000 - earlyMs }
  }
  throw ungranted(
    where,
    `Shopify answered ${reply.status}`,
    reply.status >= 500 || reply.status === 429 ? 'later' : 'never',
  )
}

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

const ungranted = (where: string, why: string, retry: 'later' | 'never'): Fault =>
  new Fault({
    what: `no access token was given: ${why}`,
    where,
    hint: 'See that clientId and clientSecret are those of an app of this shop’s own organisation, and that it is installed in the shop.',
    retry,
  })
