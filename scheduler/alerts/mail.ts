import type { Transporter } from 'nodemailer'
import { Fault } from '../../contracts/fault.ts'
import { factsOf, type Message, nextOf, subjectOf } from './message.ts'
import { isPlainUrl } from './route-terms.ts'
import { type Addressed, refused, type Way } from './way.ts'

/** Plain text over SMTP. A password is spoken only behind TLS. */
export const mail: Way = (to, message) =>
  overSmtp(to, 'the mail was not taken', async transport => void (await transport.sendMail(mailOf(to, message))))

/** Greets the server and shows it the password, and sends it no mail. */
export const reachMail = (to: Addressed): Promise<void> =>
  overSmtp(to, 'the server would take no mail', async transport => void (await transport.verify()))

async function overSmtp(to: Addressed, what: string, work: (transport: Transporter) => Promise<void>): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport(transportOf(to))
  const close = (): void => transport.close()
  to.signal.addEventListener('abort', close, { once: true })
  try {
    await within(to, work(transport))
  } catch (error) {
    throw mailFault(to, what, error)
  } finally {
    to.signal.removeEventListener('abort', close)
    transport.close()
  }
}

function transportOf({ route, address, password, patienceMs }: Addressed) {
  const url = URL.parse(address)
  if (url === null || !isPlainUrl(address, ['smtp:', 'smtps:']))
    throw refused(route, 'its address is none that mail can be sent to', {
      hint: 'Write smtps://user@host:465 or smtp://user@host:587, and the password as a reference of its own.',
    })
  const secure = url.protocol === 'smtps:'
  const user = decodeURIComponent(url.username)
  return {
    host: url.hostname,
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    requireTLS: password !== undefined,
    ...(password === undefined ? {} : { auth: { user, pass: password } }),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    dnsTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

const mailOf = ({ route }: Addressed, message: Message) => ({
  from: route.sender ?? '',
  to: [...(route.recipients ?? [])],
  subject: subjectOf(message),
  text: mailText(message),
  messageId: `<${message.once}@${(route.sender ?? 'boomerang').replace(/^.*@/, '')}>`,
  headers: { 'auto-submitted': 'auto-generated' },
})

function mailText(message: Message): string {
  const next = nextOf(message)
  const rows = [...factsOf(message), ...(next === '' ? [] : [['next', next] as const])]
  return [message.what, '', ...rows.map(([word, text]) => `${word.padEnd(9)}${text}`), ''].join('\n')
}

async function within<T>({ patienceMs }: Addressed, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not taken within ${patienceMs / 1000} seconds`)), patienceMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** A server's words may repeat an address; its code says enough. */
function mailFault({ route }: Addressed, what: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const { code, responseCode, message } = error as Error & { readonly code?: string; readonly responseCode?: number }
  const why = responseCode === undefined ? (code ?? message) : `${code ?? 'refused'}, ${responseCode}`
  return refused(route, `${what} (${why})`, {
    hint:
      code === 'EAUTH'
        ? 'Correct the user in the address, or what the password’s reference points at.'
        : 'See that the server, its port and its certificate are right, and that it lets this sender through.',
  })
}
