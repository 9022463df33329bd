import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parse } from 'graphql'
import { crmServer } from './crm.ts'
import { dropFolder, writeDrops } from './drops.ts'
import { answerJson, type FaultList, faultList, readBody, type ScriptedFault } from './faults.ts'
import { type Writes, writesOf } from './journal.ts'
import { gid, type ShopName, shopNames, shops } from './shops.ts'
import { type BulkDesk, bulkDesk } from './storefront/bulk.ts'
import { execute } from './storefront/execute.ts'
import { storefrontServer } from './storefront/server.ts'
import { uploadsOf } from './storefront/staged-uploads.ts'
import { truthOf } from './truth.ts'
import { nowOf, readWorld, sixDigits, type World, writeWhole, writeWorld } from './world.ts'

export interface ServeTerms {
  readonly dir: string
  readonly seed: number
  readonly orders: number
  readonly polls: number
  /** Milliseconds without a call after which the sandbox ends by itself. */
  readonly idleMs: number
}

/** What others need to know of a running sandbox; its file is what the project's settings refer to. */
export interface SandboxJson {
  readonly pid: number
  readonly seed: number
  readonly orders: number
  readonly day: number
  readonly now: string
  readonly control: string
  readonly storefronts: Readonly<
    Record<
      ShopName,
      {
        readonly url: string
        readonly token: string
        readonly webhookSecret: string
        readonly shopId: string
        readonly domain: string
      }
    >
  >
  readonly crm: Readonly<Record<ShopName, { readonly url: string; readonly token: string; readonly portalId: number }>>
  readonly erp: Readonly<Record<ShopName, string>>
  readonly wms: Readonly<Record<ShopName, string>>
}

interface Running {
  readonly terms: ServeTerms
  readonly writes: Writes
  readonly faults: ReadonlyMap<string, FaultList>
  readonly calls: Record<string, number>
  /** Notes that the sandbox is in use. */
  readonly touch: () => void
  world: World
  info: SandboxJson | undefined
}

/** Serves the whole outside world on loopback until it is ended. */
export async function serve(terms: ServeTerms): Promise<void> {
  const { dir } = terms
  const servers = [...shopNames.map(name => `storefront.${name}`), ...shopNames.map(name => `crm.${name}`)]
  let last = Date.now()
  const touch = (): void => {
    last = Date.now()
  }
  const running: Running = {
    terms,
    touch,
    world: readWorld(dir, terms),
    writes: writesOf(join(dir, 'journal.jsonl')),
    faults: new Map(servers.map(name => [name, faultList()])),
    calls: {},
    info: undefined,
  }
  const before = knownPorts(dir)
  const urls: Record<string, string> = {}
  for (const name of shopNames) {
    urls[`storefront.${name}`] = await listen(storefrontOf(running, name), before[`storefront.${name}`])
    urls[`crm.${name}`] = await listen(crmOf(running, name), before[`crm.${name}`])
  }
  urls.control = await listen(controlServer(running, urls), before.control)
  writeInfo(running, urls)
  setInterval(() => {
    if (Date.now() - last > terms.idleMs) process.exit(0)
  }, 5_000).unref()
}

const counting = (running: Running, server: string) => (operation: string) => {
  running.touch()
  running.calls[`${server} ${operation}`] = (running.calls[`${server} ${operation}`] ?? 0) + 1
}

function storefrontOf(running: Running, name: ShopName): Server {
  const { terms, writes } = running
  const server = `storefront.${name}`
  const shop = shops[name]
  const faults = running.faults.get(server) as FaultList
  const uploads = uploadsOf({ folder: join(terms.dir, `uploads-${name}`), shopId: shop.idBase, faults })
  const common = { shop, world: () => running.world, writes, faults, uploads }
  const desk: BulkDesk = bulkDesk({
    ...common,
    file: join(terms.dir, `bulk-${name}.json`),
    polls: terms.polls,
    perform(mutation, variables) {
      const { data, errors } = execute(common, { document: parse(mutation), variables, desk, base: '' })
      return data === undefined ? { errors } : { data }
    },
  })
  return storefrontServer({ ...common, desk, token: tokenOf('shpat', name), called: counting(running, server) })
}

function crmOf(running: Running, name: ShopName): Server {
  const server = `crm.${name}`
  return crmServer({
    server,
    portalId: portalOf(name),
    token: tokenOf('pat', name),
    writes: running.writes,
    faults: running.faults.get(server) as FaultList,
    now: () => nowOf(running.world),
    called: counting(running, server),
  })
}

const tokenOf = (kind: string, name: ShopName): string => `${kind}_sandbox_${name}_0123456789abcdef`
const portalOf = (name: ShopName): number => 4_400_000 + shops[name].number

function writeInfo(running: Running, urls: Readonly<Record<string, string>>): void {
  const { terms, world } = running
  const by = <T>(make: (name: ShopName) => T): Record<ShopName, T> => ({ north: make('north'), south: make('south') })
  running.info = {
    pid: process.pid,
    seed: world.seed,
    orders: world.orders,
    day: world.day,
    now: sixDigits(nowOf(world)),
    control: urls.control ?? '',
    storefronts: by(name => ({
      url: urls[`storefront.${name}`] ?? '',
      token: tokenOf('shpat', name),
      webhookSecret: tokenOf('shpss', name),
      shopId: gid('Shop', shops[name].idBase),
      domain: shops[name].domain,
    })),
    crm: by(name => ({ url: urls[`crm.${name}`] ?? '', token: tokenOf('pat', name), portalId: portalOf(name) })),
    erp: by(name => dropFolder(terms.dir, 'erp', name)),
    wms: by(name => dropFolder(terms.dir, 'wms', name)),
  }
  writeWhole(join(terms.dir, 'sandbox.json'), `${JSON.stringify(running.info, null, 2)}\n`)
}

function controlServer(running: Running, urls: Readonly<Record<string, string>>): Server {
  return createServer((request, response) => {
    running.touch()
    const route = `${request.method} ${request.url}`
    const answer = async (): Promise<unknown> => {
      if (route === 'GET /truth') return truthOf(running.world)
      if (route === 'GET /calls') return running.calls
      if (route === 'GET /writes')
        return {
          accepted: running.writes.accepted,
          ...Object.fromEntries([...running.faults.keys()].map(server => [server, running.writes.all(server)])),
        }
      if (route === 'GET /faults')
        return Object.fromEntries([...running.faults].map(([server, list]) => [server, list.shown()]))
      if (route === 'DELETE /faults') return void [...running.faults.values()].map(list => list.clear())
      if (route === 'POST /faults') return setFaults(running, await readBody(request))
      if (route === 'POST /advance') return advance(running, urls)
      return { state: running.info }
    }
    answer().then(
      body => answerJson(response, 200, body ?? {}),
      (error: unknown) => answerJson(response, 500, { error: String(error) }),
    )
  })
}

function setFaults({ faults }: Running, body: string): void {
  const { server, faults: added } = JSON.parse(body) as {
    readonly server: string
    readonly faults: readonly ScriptedFault[]
  }
  const list = faults.get(server)
  if (list === undefined) throw new Error(`there is no server ${server}; there are ${[...faults.keys()].join(', ')}`)
  list.set(added)
}

function advance(running: Running, urls: Readonly<Record<string, string>>): unknown {
  const world = { ...running.world, day: running.world.day + 1 }
  writeDrops(running.terms.dir, world)
  running.world = writeWorld(running.terms.dir, world)
  writeInfo(running, urls)
  return running.info
}

function knownPorts(dir: string): Readonly<Record<string, number>> {
  const file = join(dir, 'sandbox.json')
  if (!existsSync(file)) return {}
  const info = JSON.parse(readFileSync(file, 'utf8')) as SandboxJson
  const port = (url: string): number => Number(new URL(url).port)
  return Object.fromEntries([
    ['control', port(info.control)],
    ...shopNames.flatMap(
      name =>
        [
          [`storefront.${name}`, port(info.storefronts[name].url)],
          [`crm.${name}`, port(info.crm[name].url)],
        ] as const,
    ),
  ])
}

/** On the port that it had before, when that is still free: a client that waits for it finds it again. */
function listen(server: Server, port = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', error => (port === 0 ? reject(error) : listen(server).then(resolve, reject)))
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
