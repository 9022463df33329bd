import type { Change } from './sink.ts'

/**
 * What a place says of a change, without what it must not repeat: the words that were sent, and anything that looks like a token,
 * an e-mail address or a telephone number. Outcomes are kept and shown; they name fields, not people.
 */
export function masked(text: string, changes: readonly Change[]): string {
  const words = changes
    .flatMap(change => (change.op === 'upsert' ? Object.values(change.fields) : []))
    .filter(value => value !== null && value.length > 2 && !/^[0-9.-]+$/.test(value))
  return words
    .reduce<string>((left, word) => left.replaceAll(word ?? '', '…'), text)
    .replaceAll(/\b(Bearer\s+\S+|(pat|shp[a-z]*)[-_][A-Za-z0-9_-]{8,})/g, '…')
    .replaceAll(/[^\s"'<>(),;:]+@[^\s"'<>(),;:]+/g, '…')
    .replaceAll(/\+?[0-9][0-9 ()/.-]{7,}[0-9]/g, '…')
}
