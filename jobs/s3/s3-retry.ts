import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { Context } from '../../contracts/context.ts'
import { s3Fault } from './s3-fault.ts'

type Strategy = Exclude<NonNullable<S3ClientConfig['retryStrategy']>, { readonly retry: unknown }>
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>

const tries = 4
const waitMs = 1_000

/** Asks again where the other side was busy or the line was cut, each part of a large file by itself. It waits by the context's clock. */
export const s3Retry = (ctx: Pick<Context, 'sleep'>): Strategy => ({
  acquireInitialRetryToken: async () => triedBefore(0),
  async refreshRetryTokenForRetry(token, { error }) {
    const before = token.getRetryCount() + 1
    if (before === tries || s3Fault(error, { where: '', rights: '' }).retry !== 'now')
      throw new Error('asking again does not help')
    await ctx.sleep(waitMs * 2 ** (before - 1))
    return triedBefore(before)
  },
  recordSuccess: () => undefined,
})

const triedBefore = (count: number): Token => ({ getRetryCount: () => count, getRetryDelay: () => 0 })
