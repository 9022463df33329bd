import type { AlertRoute } from '../../contracts/connection.ts'
import { isReference } from '../reference.ts'

type Wrong = readonly [key: keyof AlertRoute, expected: string]

/** What a route lacks, or has too much of, for its way: where, and what is expected there. */
export function wrongIn({ to, address, password, sender, recipients }: AlertRoute): readonly Wrong[] {
  const found: Wrong[] = []
  const literal = isReference(address) ? undefined : address
  if (to === 'slack' && literal !== undefined)
    found.push(['address', 'a reference such as env:SLACK_WEBHOOK: who knows the URL may write into the channel'])
  if (to === 'webhook' && literal !== undefined && !isPlainUrl(literal, ['http:', 'https:']))
    found.push(['address', 'a URL such as https://example.com/alerts, or a reference to one that holds a secret'])
  if (to === 'mail') {
    if (literal !== undefined && !isPlainUrl(literal, ['smtp:', 'smtps:']))
      found.push(['address', 'an address such as smtps://user@mail.example.com:465, without a password'])
    if (sender === undefined) found.push(['sender', 'an address such as data@example.com, from which mail is sent'])
    if (recipients === undefined) found.push(['recipients', 'the addresses that mail is sent to'])
    return found
  }
  for (const [key, value] of Object.entries({ password, sender, recipients }))
    if (value !== undefined) found.push([key as Wrong[0], `nothing: only mail has ${key}`])
  return found
}

/** Without a password: addresses are shown. */
export function isPlainUrl(text: string, protocols: readonly string[]): boolean {
  const url = URL.parse(text)
  return url !== null && protocols.includes(url.protocol) && url.hostname !== '' && url.password === ''
}
