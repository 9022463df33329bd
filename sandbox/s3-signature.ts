import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

interface Keys {
  readonly accessKey: string
  readonly secretKey: string
}

const header =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)\/(?<scope>(?<day>\d{8})\/(?<region>[^/]+)\/s3\/aws4_request), SignedHeaders=(?<names>[a-z0-9;-]+), Signature=(?<signature>[0-9a-f]{64})$/

/**
 * Checks a signature of version 4 over the request as it came, or says with which code a vendor refuses it.
 * docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function isSigned(
  request: IncomingMessage,
  { accessKey, secretKey }: Keys,
): 'yes' | 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' {
  const parts = header.exec(request.headers.authorization ?? '')?.groups
  if (parts === undefined) return 'AccessDenied'
  if (parts.key !== accessKey) return 'InvalidAccessKeyId'
  const { names = '', scope = '', day = '', region = '' } = parts
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const canonical = [
    request.method,
    path,
    query.split('&').sort().join('&'),
    ...names.split(';').map(name => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    names,
    request.headers['x-amz-content-sha256'],
  ].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash].join('\n')
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${secretKey}`,
  )
  return createHmac('sha256', key).update(toSign).digest('hex') === parts.signature ? 'yes' : 'SignatureDoesNotMatch'
}
