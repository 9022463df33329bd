import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerFault, answerJson, type FaultAction, type FaultList } from '../faults.ts'
import { nowOf, type World } from '../world.ts'
import type { BulkDesk, BulkOperation } from './bulk.ts'
import { linkEnds } from './operations.ts'

export interface DownloadTerms {
  readonly desk: BulkDesk
  readonly world: () => World
  readonly faults: FaultList
  readonly called: (operation: string) => void
}

/** A bulk result, made anew as it is sent; parts of it by range. */
export async function download(
  { desk, faults, called, world }: DownloadTerms,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  called('download')
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const number = url.pathname.split('/').at(-1)?.replace('.jsonl', '') ?? ''
  const operation = desk.all().find(each => each.id.endsWith(`/${number}`))
  const fault: FaultAction | undefined = faults.take('download')
  if (fault?.expire === true && operation !== undefined) desk.expire(operation.id)
  if (operation === undefined || !isValid(operation, url, nowOf(world())))
    return answerJson(response, 403, { error: 'ExpiredToken' })
  if (answerFault(fault, response)) return
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': 'application/jsonl',
    'content-length': String(operation.fileSize - from),
    ...(from > 0 ? { 'content-range': `bytes ${from}-${operation.fileSize - 1}/${operation.fileSize}` } : {}),
  })
  await send(response, desk.lines(operation), {
    from,
    until: fault?.cut === undefined ? Number.POSITIVE_INFINITY : from + fault.cut,
  })
}

const isValid = (operation: BulkOperation, { searchParams }: URL, now: number): boolean =>
  Number(searchParams.get('Signature')) === operation.link &&
  Number(searchParams.get('Expires')) * 1000 === linkEnds(operation) &&
  now < linkEnds(operation)

async function send(
  response: ServerResponse,
  lines: Iterable<string>,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<void> {
  let at = 0
  let pending = ''
  const flush = async (): Promise<boolean> => {
    const bytes = Buffer.from(pending)
    const part = bytes.subarray(
      Math.max(0, Math.min(from - at, bytes.length)),
      Math.max(0, Math.min(until - at, bytes.length)),
    )
    at += bytes.length
    pending = ''
    if (part.length > 0 && !response.write(part))
      await new Promise<void>(resolve => response.once('drain', resolve).once('close', resolve))
    return at < until && !response.destroyed
  }
  for (const line of lines) {
    pending += line
    if (pending.length > 65_536 && !(await flush())) return void response.destroy()
  }
  if (await flush()) response.end()
  else response.destroy()
}
