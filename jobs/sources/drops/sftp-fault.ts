import { Fault } from '../../../contracts/fault.ts'
import { codeOf } from '../../../sinks/send.ts'

/** How ssh2 says at which step it failed (its README, event `error`): `client-authentication`, `client-socket`, `client-timeout`. */
interface SftpTrouble extends Error {
  readonly level?: string
  readonly code?: string | number
}

/** Any failure of a line or a call as a Fault. Messages are left out: a server may write into them what it likes. */
export function sftpFault(error: unknown, where: string): Fault {
  if (error instanceof Fault) return error
  const { level, code } = error instanceof Error ? (error as SftpTrouble) : { level: undefined, code: undefined }
  if (level === 'client-authentication') return shutDoor(where, error)
  const refusal = refusals[String(code)]
  if (refusal !== undefined) return new Fault({ ...refusal, where, cause: error })
  const isLine = level === undefined && !unmade.has(String(code))
  return new Fault({
    what: `the line to the server ${isLine ? 'was cut' : 'could not be made'} (${level ?? codeOf(error)})`,
    where,
    hint: 'It is tried again. If it stays so, see that the host and its port are right and can be reached from here.',
    retry: isLine ? 'now' : 'later',
    cause: error,
  })
}

const unmade = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])

const missing = {
  what: 'there is no such file or folder',
  hint: 'See that the path of the endpoint is right. A file may have been taken away since it was listed: then it is over the next time.',
  retry: 'later',
} as const
const forbidden = {
  what: 'the server does not let this user read it',
  hint: 'Ask the server’s administrator for the right to list the folder and to read its files.',
  retry: 'never',
} as const

/** By the code of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-02, section 7), or by the name that the client makes of it. */
const refusals: Readonly<Record<string, typeof missing | typeof forbidden>> = {
  2: missing,
  ENOENT: missing,
  3: forbidden,
  EACCES: forbidden,
}

const shutDoor = (where: string, cause: unknown): Fault =>
  new Fault({
    what: 'the server does not accept the user with this password or key',
    where,
    hint: 'See that the user of the endpoint and the secrets password, or privateKey and passphrase, are those of this server.',
    retry: 'never',
    cause,
  })

/** What ssh2 refuses before it speaks to anybody: it is about the key, and its message may quote it. */
export const unreadableKey = (where: string, cause: unknown): Fault =>
  new Fault({
    what: 'the private key cannot be read, or not with this passphrase',
    where,
    hint: 'Let the secret privateKey be the whole text of a private key, and passphrase what it was encrypted with.',
    retry: 'never',
    cause,
  })

/** The server is not the one that was agreed; nothing has been sent to it, and the password neither. */
export const strangeHost = (
  where: string,
  { shown, pinned }: { readonly shown: string; readonly pinned: string | undefined },
): Fault =>
  new Fault({
    what:
      pinned === undefined
        ? `the connection names no secret \`hostKey\`, and the server shows ${shown}`
        : `the server shows the key ${shown}, and ${pinned} is declared`,
    where,
    hint: 'Ask the server’s administrator for the fingerprint of its key, over another way than this one, and write that as hostKey.',
    retry: 'never',
  })
