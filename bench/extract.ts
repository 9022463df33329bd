import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Sandbox, startSandbox } from '../sandbox/command.ts'

export interface Extracted {
  readonly records: number
  readonly bytes: number
  /** Seconds from the first question after a completed operation to the last byte landed, counted and flushed. */
  readonly seconds: number
  /** Seconds that curl takes for the same bytes. */
  readonly curl: number
  /** Megabytes. */
  readonly peak: number
  /** Cost points: what was spent, and what it would take to page through as many objects at one point each. */
  readonly points: number
}

const run = promisify(execFile)

/** What Shopify asks for each question, in points. */
const points: Readonly<Record<string, number>> = {
  bulkOperation: 1,
  bulkOperationRunQuery: 10,
  orders: 3,
  currentAppInstallation: 2,
}

/** Extracts all orders of a simulated shop, and downloads the same result with curl. */
export async function extractAll(folder: string, orders: number): Promise<Extracted> {
  mkdirSync(join(folder, 'landed'), { recursive: true })
  const sandbox = await startSandbox({ dir: join(folder, 'sandbox'), orders })
  try {
    await sandbox.advance()
    const { url, token } = sandbox.config().storefronts.north
    const once = join(import.meta.dirname, 'extract-once.ts')
    const done = await run(process.execPath, [once, url, token, join(folder, 'landed')])
    const found = JSON.parse(done.stdout) as Omit<Extracted, 'curl' | 'points'>
    const spent = Object.entries(await sandbox.calls())
      .filter(([call]) => call.startsWith('storefront.north '))
      .reduce((sum, [call, count]) => sum + count * (points[call.replace('storefront.north ', '')] ?? 0), 0)
    return { ...found, curl: await curlSeconds(sandbox, folder), points: spent }
  } finally {
    await sandbox.stop()
  }
}

async function curlSeconds(sandbox: Sandbox, folder: string): Promise<number> {
  const { url, token } = sandbox.config().storefronts.north
  const response = await fetch(`${url}/admin/api/2026-07/graphql.json`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-shopify-access-token': token },
    body: JSON.stringify({ query: '{ currentBulkOperation { url } }' }),
  })
  const { data } = (await response.json()) as {
    readonly data: { readonly currentBulkOperation: { readonly url: string } }
  }
  const began = performance.now()
  await run('curl', ['--silent', '--fail', '--output', join(folder, 'curl.jsonl'), data.currentBulkOperation.url])
  return (performance.now() - began) / 1000
}
