import type { Change } from './sink.ts'

/**
 * What a place says of a change, without what it must not repeat: the values that were sent, and anything that looks like an
 * e-mail address, a telephone number or a token. Outcomes are kept and shown; they name fields, not people.
 */
export function masked(text: string, changes: readonly Change[]): string {
  const values = changes.flatMap(change =>
    change.op === 'upsert' ? Object.values(change.fields).filter(value => value !== null && value.length > 3) : [],
  )
  const plain = values.reduce<string>((left, value) => left.replaceAll(value ?? '', '…'), text)
  return plain
    .replaceAll(/[^\s"'<>(),;:]+@[^\s"'<>(),;:]+/g, '…')
    .replaceAll(/\+?[0-9][0-9 ()/.-]{7,}[0-9]/g, '…')
    .replaceAll(/\b(pat|shp[a-z]*|Bearer)[-_ ][A-Za-z0-9_-]{8,}/g, '…')
}
