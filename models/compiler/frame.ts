/** A place in a text; both count from one. */
export interface Spot {
  readonly line: number
  readonly column: number
}

/** The line of a mistake with the one before it, and a mark under its place. */
export function frameOf(text: string, { line, column }: Spot): string {
  const lines = text.split(/\r?\n/)
  const width = String(line).length
  const numbered = (n: number): string => `  ${String(n).padStart(width)} | ${lines[n - 1] ?? ''}`
  const before = line > 1 ? [numbered(line - 1)] : []
  return [...before, numbered(line), `  ${' '.repeat(width)} | ${' '.repeat(Math.max(column - 1, 0))}^`].join('\n')
}

/**
 * Where the engine points, in the text that it was given: it quotes a line as `LINE 7: …`, shortened where it is long, and puts a mark
 * under it.
 */
export function spotIn(message: string, text: string): Spot | undefined {
  const [, digits = '', quoted = '', indent = ''] = /^LINE (\d+): (.*)\r?\n( *)\^/m.exec(message) ?? []
  if (digits === '') return undefined
  const line = Number(digits)
  const mark = indent.length - `LINE ${digits}: `.length
  if (!quoted.startsWith('...')) return { line, column: mark + 1 }
  const shown = quoted.replace(/^\.\.\./, '').replace(/\.\.\.$/, '')
  const at = (text.split(/\r?\n/)[line - 1] ?? '').indexOf(shown)
  return { line, column: at < 0 ? 1 : at + mark - 3 + 1 }
}
