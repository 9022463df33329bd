import { Fault } from '../../../contracts/fault.ts'

type Said = Pick<Fault, 'hint' | 'retry'> & { readonly what: string }

/** What PostgreSQL's codes mean here; https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const known: Readonly<Record<string, Said>> = {
  '28P01': {
    what: 'the password is not accepted',
    hint: 'Correct secrets.password of the connection.',
    retry: 'never',
  },
  '28000': {
    what: 'the user is not let in',
    hint: 'See pg_hba.conf of the server, and the user in the endpoint.',
    retry: 'never',
  },
  '3D000': { what: 'there is no such database', hint: 'Correct the endpoint of the connection.', retry: 'never' },
  '42P01': {
    what: 'there is no such table',
    hint: 'Correct the table of the object, or grant usage on its schema.',
    retry: 'never',
  },
  '42501': {
    what: 'the user may not read it',
    hint: 'Grant select on the table, and usage on its schema, to the user.',
    retry: 'never',
  },
  '57014': {
    what: 'the statement took longer than it may',
    hint: 'Add an index on the change column, or let the object read a replica.',
    retry: 'later',
  },
  '25P03': {
    what: 'the transaction was idle for longer than it may',
    hint: 'See that the disk of the landing keeps up; it is read again.',
    retry: 'later',
  },
  '53300': {
    what: 'the server has no connection left',
    hint: 'Raise max_connections, or run at a quieter hour. It is tried again.',
    retry: 'later',
  },
  '57P01': { what: 'the server was stopped', hint: 'It is tried again when it is back.', retry: 'later' },
  '57P03': { what: 'the server is starting up', hint: 'It is tried again.', retry: 'later' },
  '40001': {
    what: 'the replica had to give the read up',
    hint: 'Raise max_standby_streaming_delay on the replica, or read the primary.',
    retry: 'later',
  },
}

/** The driver's own words, without a code: it is asked, and has nothing to answer. */
const unanswered: Said = {
  what: 'the server asks for a password, and none is given',
  hint: 'Name it in the connection: secrets: { password: "env:NAME" }.',
  retry: 'never',
}

const unreachable: Said = {
  what: 'it cannot be reached',
  hint: 'See that host and port of the endpoint are right and that this machine is let through. It is tried again.',
  retry: 'later',
}

/** Five places, a digit among them: the system's own codes have none, and EPIPE is five letters long. */
export const isSqlState = (code: unknown): code is string =>
  typeof code === 'string' && /^(?=.*[0-9])[0-9A-Z]{5}$/.test(code)

/** An error of the driver as a Fault: its code, and never its detail, which may quote rows. */
export function pgFault(error: unknown, where: string): Fault {
  if (error instanceof Fault) return error
  const { code, message = '' } = error as { readonly code?: string; readonly message?: string }
  const said = known[code ?? '']
  if (said !== undefined) return new Fault({ ...said, what: `${said.what} (${code})`, where, cause: error })
  if (isSqlState(code))
    return new Fault({
      what: `PostgreSQL refused (${code})`,
      where,
      hint: 'Look the code up in the list of PostgreSQL’s error codes, and at the log of the server.',
      retry: 'never',
      cause: error,
    })
  if (/client password must be/.test(message)) return new Fault({ ...unanswered, where, cause: error })
  const why = code ?? (/timeout|terminated/i.test(message) ? 'the connection was lost' : 'unknown failure')
  return new Fault({ ...unreachable, what: `${unreachable.what} (${why})`, where, cause: error })
}
