import { Fault, type FaultFacts } from '../../contracts/fault.ts'
import { codeOf } from '../../sinks/send.ts'

/** How the SDK tells of an answer: the code of the error document as its name, and the status. */
interface S3Trouble extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number }
}

export interface S3Words {
  readonly where: string
  /** What the key must be allowed to do, as a sentence that tells a person to grant it. */
  readonly rights: string
}

/** The status of the answer, where one came. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error ? (error as S3Trouble).$metadata?.httpStatusCode : undefined

/** Any failure of a call as a Fault. Messages are left out: they may quote what was signed. */
export function s3Fault(error: unknown, { where, rights }: S3Words): Fault {
  if (error instanceof Fault) return error
  const name = error instanceof Error ? error.name : 'unknown'
  const status = statusOf(error)
  const known = named[name] ?? (status === undefined ? undefined : byStatus(status, rights))
  if (known !== undefined)
    return new Fault({
      ...known,
      what: `${known.what} (${status === undefined ? name : `${status} ${name}`})`,
      where,
      cause: error,
    })
  const isUnmade = unmade.has(codeOf(error)) || /CERT|TLS|SIGNATURE/.test(codeOf(error))
  return new Fault({
    what: `${isUnmade ? 'the server cannot be reached' : 'the line was cut'} (${codeOf(error)})`,
    where,
    hint: 'It is tried again. If it stays so, see that the endpoint is right and can be reached from here.',
    retry: isUnmade ? 'later' : 'now',
    cause: error,
  })
}

const unmade = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

type Words = Omit<FaultFacts, 'where' | 'cause'>

const wrongKey: Words = {
  what: 'the server does not accept the access key or its signature',
  hint: 'See that accessKey and secretKey belong together and to this server, and that the region is right.',
  retry: 'never',
}

/** docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const named: Readonly<Record<string, Words>> = {
  NoSuchBucket: {
    what: 'there is no such bucket',
    hint: 'Correct the bucket in the endpoint, or its region or vendor.',
    retry: 'never',
  },
  InvalidAccessKeyId: wrongKey,
  SignatureDoesNotMatch: wrongKey,
  RequestTimeTooSkewed: {
    what: 'this machine’s clock and the server’s are too far apart',
    hint: 'Set this machine’s clock; signatures hold for 15 minutes.',
    retry: 'later',
  },
  ConditionalRequestConflict: {
    what: 'another writes the same object at this moment',
    hint: 'It is tried again.',
    retry: 'now',
  },
  PreconditionFailed: {
    what: 'the file was replaced while it was read',
    hint: 'It is read again. The interval stays open until then.',
    retry: 'later',
  },
}

function byStatus(status: number, rights: string): Words | undefined {
  if (status === 401 || status === 403)
    return {
      what: 'the server refuses access',
      hint: rights,
      retry: 'never',
    }
  if (status === 404) return gone
  if (status === 416) return gone
  if (status >= 300 && status < 400)
    return {
      what: 'the bucket is elsewhere, and a signature is not sent after it',
      hint: 'Write the region of the bucket, or the vendor’s address, behind the endpoint.',
      retry: 'never',
    }
  if (status === 429 || status >= 500)
    return { what: 'the server is busy or ill', hint: 'It is tried again.', retry: 'now' }
  if (status >= 400)
    return { what: 'the server refuses the request', hint: 'See what the vendor says of this code.', retry: 'never' }
  return undefined
}

const gone: Words = {
  what: 'there is no such file, or not all of it',
  hint: 'It may have been taken away or replaced since it was listed: then it is over the next time.',
  retry: 'later',
}
