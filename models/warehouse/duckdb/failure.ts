import { Fault, type FaultKind, type Retry, toFault } from '../../../contracts/fault.ts'

/**
 * DuckDB's message as a Fault. Where the message speaks of data and not of SQL, what it quotes is hidden: it may be personal.
 * `where` names the file, the relation or the unit that was at work.
 */
export function engineFault(error: unknown, where: string): Fault {
  if (error instanceof Fault || !(error instanceof Error)) return toFault(error, where)
  return lockFault(error, where) ?? spokenFault(error, where)
}

/** https://duckdb.org/docs/stable/connect/concurrency: one process at a time holds a file that it may write. */
function lockFault(error: Error, where: string): Fault | undefined {
  if (!error.message.includes('Could not set lock')) return undefined
  const pid = /\(PID (\d+)\)/.exec(error.message)?.[1]
  return new Fault({
    what: `the warehouse is open in another process${pid === undefined ? '' : ` (pid ${pid})`}`,
    where,
    hint: 'Wait until that process has ended, or end it; then run the command again.',
    retry: 'later',
    cause: error,
  })
}

function spokenFault(error: Error, where: string): Fault {
  const [, kind, text] = /^(?:Failed to extract statements: )?(?:(\w[\w ]*?) Error: )?([\s\S]*)$/.exec(
    error.message,
  ) ?? [undefined, undefined, error.message]
  const said = sayings[kind ?? ''] ?? unforeseen
  const line = /^LINE (\d+):/m.exec(text ?? '')?.[1]
  const [sentence, ...more] = (text ?? '').split(/\n\s*\nLINE \d+:/)[0]?.split('\n') ?? []
  const spoken = [sentence, ...more].map(part => (said.tellsOfData ? hideQuoted(part ?? '') : (part ?? '').trim()))
  const suggestion = spoken.slice(1).filter(part => part !== '')
  return new Fault({
    what: spoken[0] === '' || spoken[0] === undefined ? 'DuckDB failed without a message' : spoken[0],
    where: line === undefined ? where : `${where}, line ${line}`,
    hint: [...suggestion, said.hint].join(' '),
    retry: said.retry,
    ...(said.kind === undefined ? {} : { kind: said.kind }),
    ...(said.tellsOfData ? {} : { cause: error }),
  })
}

interface Saying {
  readonly hint: string
  readonly retry: Retry
  readonly tellsOfData: boolean
  readonly kind?: FaultKind
}

const inSql = (hint: string): Saying => ({ hint, retry: 'never', tellsOfData: false })
const inData = (hint: string): Saying => ({ hint, retry: 'never', tellsOfData: true })
const unforeseen: Saying = {
  hint: 'DuckDB refused this; its manual explains the message.',
  retry: 'never',
  tellsOfData: true,
}

/** By the word that DuckDB puts before `Error:`. */
const sayings: Readonly<Record<string, Saying>> = {
  Parser: inSql('Correct the SQL.'),
  Binder: inSql('Correct the SQL.'),
  Catalog: inSql('Check the name, and that what it names has been loaded or built.'),
  Conversion: inData('A value does not have the form that the SQL casts it to; find it with try_cast.'),
  Constraint: inData('A row breaks a constraint of its table.'),
  'Invalid Input': inData('DuckDB cannot take a value, or the statement as a whole.'),
  'Out of Range': inData('A value is outside of its type.'),
  'Out of Memory': {
    hint: 'Give the warehouse more memory (`memory` in the config), or its temporary directory more room.',
    retry: 'never',
    tellsOfData: false,
    kind: 'memory',
  },
  IO: { hint: 'Check the path, its rights and the room on the disk.', retry: 'later', tellsOfData: false },
  TransactionContext: { hint: 'Two writers met; the later one may try again.', retry: 'now', tellsOfData: true },
  Connection: inSql('Close the other handle of this file in this process first.'),
}

const hideQuoted = (text: string): string =>
  text
    .trim()
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/'[^']*'/g, "'…'")
