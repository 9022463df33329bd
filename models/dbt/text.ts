/** A value as it stands in a header or a test: short, on one line, and never the end of a comment. */
export function yamlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yamlOf).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, each]) => `${yamlOf(key)}: ${yamlOf(each)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  return typeof value === 'string' ? wordOf(value) : String(value)
}

const plain = /^[A-Za-z_][\w.+'()-]*(?: [\w.+'()-]+)*$/
const meant = /^(true|false|null|yes|no|on|off|y|n)$/i

/** JSON's text is YAML's, too; `*\/` would end the comment that holds it. */
const wordOf = (text: string): string =>
  plain.test(text) && !meant.test(text) ? text : JSON.stringify(text).replaceAll('*/', '*\\/')

/** The file of a model: its header, and its query. */
export function modelText(words: Readonly<Record<string, unknown>>, query: string): string {
  const lines = Object.entries(words).flatMap(([word, value]) => (isUnsaid(value) ? [] : linesOf(word, value)))
  return `/* @model\n${lines.join('\n')}\n*/\n${query === '' ? '' : `${query}\n`}`
}

/** Columns stand one on a line. */
function linesOf(word: string, value: unknown): readonly string[] {
  if (word !== 'columns') return [`${word}: ${yamlOf(value)}`]
  return ['columns:', ...Object.entries(value as object).map(([column, said]) => `  ${column}: ${yamlOf(said)}`)]
}

const isUnsaid = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
