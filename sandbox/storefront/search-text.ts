/** A search text, read: what it asks of an object, before any field is looked at. */
export type Asked =
  | { readonly kind: 'term'; readonly field: string; readonly comparator: string; readonly value: Value }
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'not'; readonly of: Asked }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Asked[] }

export interface Value {
  readonly text: string
  readonly quoted: boolean
}

const token =
  /\s*(?:([()])|(AND|OR|NOT)(?=[\s(]|$)|(-)(?=\S)|([A-Za-z_]+):(>=|<=|>|<|=)?(?:'([^']*)'|"([^"]*)"|([^\s()]*))|(?:'([^']*)'|"([^"]*)"|([^\s()]+)))/y

type Token = { readonly kind: 'mark'; readonly mark: string } | { readonly kind: 'asked'; readonly asked: Asked }

/** Terms that stand side by side must all hold; `OR` binds less than that, `NOT` and `-` bind most. */
export function readSearchText(text: string): Asked {
  const tokens = tokensOf(text)
  let at = 0
  const markIs = (...marks: readonly string[]): boolean => {
    const next = tokens[at]
    return next?.kind === 'mark' && marks.includes(next.mark)
  }
  const one = (): Asked => {
    const next = tokens[at++]
    if (next?.kind === 'asked') return next.asked
    if (next?.mark === 'NOT' || next?.mark === '-') return { kind: 'not', of: one() }
    if (next?.mark !== '(') return { kind: 'and', parts: [] }
    const inner = either()
    if (markIs(')')) at += 1
    return inner
  }
  const all = (): Asked => {
    const parts: Asked[] = []
    while (at < tokens.length && !markIs(')', 'OR')) {
      if (markIs('AND')) at += 1
      else parts.push(one())
    }
    return parts.length === 1 ? (parts[0] as Asked) : { kind: 'and', parts }
  }
  const either = (): Asked => {
    const parts = [all()]
    while (markIs('OR')) {
      at += 1
      parts.push(all())
    }
    return parts.length === 1 ? (parts[0] as Asked) : { kind: 'or', parts }
  }
  return either()
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  token.lastIndex = 0
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [, paren, word, minus, field, comparator, single, double, bare, single2, double2, bare2] = found
    const mark = paren ?? word ?? minus
    if (mark !== undefined) tokens.push({ kind: 'mark', mark })
    else if (field !== undefined) {
      const value = { text: single ?? double ?? bare ?? '', quoted: bare === undefined }
      tokens.push({ kind: 'asked', asked: { kind: 'term', field, comparator: comparator ?? '=', value } })
    } else tokens.push({ kind: 'asked', asked: { kind: 'word', word: single2 ?? double2 ?? bare2 ?? '' } })
  }
  return tokens
}
