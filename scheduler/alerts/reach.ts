import { connect, isIP } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { AlertRoute } from '../../contracts/connection.ts'
import { reachMail } from './mail.ts'
import { type Addressed, refused } from './way.ts'

/** Looks whether a place is there to be sent to, and sends it nothing. A Fault says why it is not, and shows no address that is a secret. */
export type Reach = (to: Addressed) => Promise<void>

/** A line to the host of the URL, encrypted where the URL says so; nothing is asked for there. */
const reachUrl: Reach = async to => {
  const url = URL.parse(to.address)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw refused(to.route, 'its address is no URL of HTTP', { hint: 'Correct what its reference points at.' })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isSecure = url.protocol === 'https:'
  const why = await lineTo({
    host,
    port: Number(url.port || (isSecure ? 443 : 80)),
    isSecure,
    patienceMs: to.patienceMs,
  })
  if (why !== undefined)
    throw refused(to.route, `it cannot be reached (${why})`, {
      hint: 'See that the address is right, its certificate is valid, and this machine is let through.',
    })
}

interface Line {
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
  readonly patienceMs: number
}

/** Why there is none; undefined where there is one. */
function lineTo({ host, port, isSecure, patienceMs }: Line): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = isSecure
      ? connectSecurely({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connect({ host, port })
    const timer = setTimeout(() => end(`no answer came within ${patienceMs / 1000} seconds`), patienceMs)
    const end = (why?: string): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(why)
    }
    socket.once(isSecure ? 'secureConnect' : 'connect', () => end())
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}

export const reaches: Readonly<Record<AlertRoute['to'], Reach>> = {
  slack: reachUrl,
  webhook: reachUrl,
  mail: reachMail,
}
