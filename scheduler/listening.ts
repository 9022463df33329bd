import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Fault } from '../contracts/fault.ts'

/** Where a server of this process is to be heard. */
export interface Listening {
  /** `--listen` */
  readonly option: string
  /** As it was written. */
  readonly text: string
  readonly host: string
  readonly port: number
}

/** `8787`, `0.0.0.0:8787` or `[::1]:8787`; a port alone is heard on this machine only. */
export function placeOf(option: string, text: string): Listening {
  const [, host = '127.0.0.1', port = ''] = /^(?:(\[.+\]|[^[\]]+):)?([0-9]{1,5})$/.exec(text) ?? []
  if (port !== '' && Number(port) <= 65_535)
    return { option, text, host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  throw new Fault({
    what: `${option} takes a port up to 65535 or host:port, and got ${text}`,
    where: 'the command line',
    hint: 'For example 8787, or 0.0.0.0:8787 for other machines, too.',
    retry: 'never',
  })
}

/** Begins to listen, and gives where; a Fault where that cannot be. */
export function listening(server: Server, { option, text, host, port }: Listening): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(unusable(option, text, error)))
    server.listen(port, host, () =>
      resolve(`${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`),
    )
  })
}

const unusable = (option: string, text: string, error: Error): Fault =>
  new Fault({
    what: `it cannot listen at ${text} (${(error as NodeJS.ErrnoException).code ?? error.message})`,
    where: 'the command line',
    hint: `Another process may listen there, or the host is none of this machine’s; choose another with ${option}.`,
    retry: 'never',
  })
