/** A value as it stands in a header or a test: short, on one line, and never the end of a comment. */
export function yamlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yamlOf).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, each]) => `${yamlOf(key)}: ${yamlOf(each)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  return typeof value === 'string' ? wordOf(value) : String(value)
}

const plain = /^(?:[A-Za-z_][\w.+'()/-]*(?: [\w.+'()/-]+)*|\d+[mhd]|\d{4}-\d{2}-\d{2})$/
const meant = /^(true|false|null|yes|no|on|off|y|n)$/i

/** JSON's text is YAML's, too; `*\/` would end the comment that holds it. */
const wordOf = (text: string): string =>
  plain.test(text) && !meant.test(text) ? text : JSON.stringify(text).replaceAll('*/', '*\\/')

/** As a person writes them. */
const order = [
  ...['kind', 'doc', 'owner', 'tags', 'strategy', 'key', 'time', 'partition', 'compare', 'gone', 'lookback', 'grain'],
  ...['since', 'schema_change', 'logic_change', 'run_results', 'columns'],
]

/** The file of a model: its header, and its query. */
export function modelText(words: Readonly<Record<string, unknown>>, query: string): string {
  const lines = order.flatMap(word => (isUnsaid(words[word]) ? [] : linesOf(word, words[word])))
  return `/* @model\n${lines.join('\n')}\n*/\n${query === '' ? '' : `${query}\n`}`
}

/** Columns stand one on a line. */
function linesOf(word: string, value: unknown): readonly string[] {
  if (word !== 'columns') return [`${word}: ${yamlOf(value)}`]
  return ['columns:', ...Object.entries(value as object).map(([column, said]) => `  ${column}: ${yamlOf(said)}`)]
}

const isUnsaid = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
