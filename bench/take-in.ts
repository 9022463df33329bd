import type { AddressInfo } from 'node:net'
import { shopifyHooks } from '../jobs/sources/shopify/hooks.ts'
import { openSpool } from '../jobs/spool.ts'
import { receiver } from '../scheduler/receiver.ts'

// A receiver in a process of its own: the folder of its spool and the secret are its arguments, its port is what it says.
const [folder = '', secret = ''] = process.argv.slice(2)
const now = (): Date => new Date()
const spool = await openSpool(folder, now)
const desk = { connection: 'north', hooks: shopifyHooks, secret: () => secret, spool, folder }
const server = receiver({ desks: [desk], now, log: () => undefined })
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.on('SIGTERM', () => void spool.close().then(() => process.exit(0)))
