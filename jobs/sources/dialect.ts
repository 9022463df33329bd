export type Compression = 'none' | 'gzip' | 'zstd'
export type Encoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'windows-1252' | 'iso-8859-1'

/** How the files of an object are written. It is declared, never guessed; a file that is written otherwise is refused. */
export interface Dialect {
  readonly compression: Compression
  /** `utf-8-bom` must begin with its byte-order mark, `utf-16le` may; before the names of a table `utf-8` may, too. */
  readonly encoding: Encoding
  readonly delimiter: ',' | ';' | '|' | '\t'
  /** Around a field; doubled inside of one. Null where nothing is ever quoted. */
  readonly quote: '"' | "'" | null
  /** The columns, in their order, where the file does not name them in its first line. */
  readonly header?: readonly string[]
  /** Words of a table that mean null, beside the empty field. */
  readonly nulls: readonly string[]
  /** The last line, whole, with a group `rows`: how many records stand before it. It is no record itself. */
  readonly trailer?: RegExp
}

/** What an object declares that says nothing of it. */
export const plain: Dialect = { compression: 'none', encoding: 'utf-8', delimiter: ',', quote: '"', nulls: [] }

/** A dialect that differs from the plain one in what is named; a TypeError where its parts cannot be told apart. */
export function dialect(terms: Partial<Dialect>): Dialect {
  const made = { ...plain, ...terms }
  const blurred = made.nulls.find(word => word.includes(made.delimiter) || word.includes(made.quote ?? '\n'))
  if (blurred !== undefined) throw new TypeError(`the null word ${blurred} holds the delimiter or the quote`)
  if (made.trailer !== undefined && !made.trailer.source.includes('(?<rows>'))
    throw new TypeError(`the trailer ${made.trailer.source} has no group (?<rows>…)`)
  return made
}
