import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A line to a server on this machine that a test may break. */
export interface Line {
  readonly port: number
  /** Ends every connection; new ones are let through. */
  cut(): void
  /** From now on nothing comes through on the connections that stand, and neither end is told; new ones are let through. */
  freeze(): void
  /** Every piece is late by so many milliseconds. */
  slow(ms: number): void
  close(): Promise<void>
}

export async function startLine(to: number): Promise<Line> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let late = 0
  const pass = (from: Socket, into: Socket): void =>
    void from.on('data', piece => setTimeout(() => into.writable && into.write(piece), late))
  const server = createServer(client => {
    const pair = [client, connect(to, '127.0.0.1')] as const
    pairs.add(pair)
    pass(...pair)
    pass(pair[1], client)
    for (const end of pair)
      end
        .on('error', () => undefined)
        .on('close', () => {
          for (const each of pair) each.destroy()
          pairs.delete(pair)
        })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const each = (what: (end: Socket) => void): void => [...pairs].flat().forEach(what)
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => each(end => end.destroy()),
    freeze: () => each(end => end.removeAllListeners('data').resume()),
    slow(ms) {
      late = ms
    },
    async close() {
      server.close()
      each(end => end.destroy())
    },
  }
}
