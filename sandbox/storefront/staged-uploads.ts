import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { answerFault, answerJson, type FaultList } from '../faults.ts'

/** The most that one upload may hold, in bytes. */
export const largestUpload = 104_857_600

export interface Uploads {
  /** A place for one file, with the fields that its multipart form must carry. */
  target(
    input: { readonly filename?: string; readonly mimeType?: string; readonly httpMethod?: string },
    base: string,
  ): Readonly<Record<string, unknown>>
  /** The lines of an uploaded file; undefined where nothing lies under the path. */
  read(path: string): { readonly bytes: number; readonly lines: readonly string[] } | undefined
  receive(request: IncomingMessage, response: ServerResponse): Promise<void>
}

export function uploadsOf({
  folder,
  shopId,
  faults,
}: {
  readonly folder: string
  readonly shopId: number
  readonly faults: FaultList
}): Uploads {
  let targets = 0
  const fileOf = (path: string): string => join(folder, createHash('md5').update(path).digest('hex'))
  return {
    target({ filename = 'variables.jsonl', mimeType = 'text/jsonl', httpMethod = 'PUT' }, base) {
      targets += 1
      const key = `tmp/${shopId}/bulk/${String(targets).padStart(8, '0')}-0000-4000-8000-000000000000/${filename}`
      const form = {
        'Content-Type': mimeType,
        success_action_status: '201',
        acl: 'private',
        key,
        'x-goog-algorithm': 'GOOG4-RSA-SHA256',
        'x-goog-signature': 'sandbox',
        policy: 'sandbox',
      }
      const url = httpMethod === 'POST' ? `${base}/staged-uploads/` : `${base}/staged-uploads/${key}`
      return {
        url,
        resourceUrl: `${base}/staged-uploads/${key}`,
        parameters: Object.entries(form).map(([name, value]) => ({ name, value })),
      }
    },
    read(path) {
      if (!existsSync(fileOf(path))) return undefined
      return {
        bytes: statSync(fileOf(path)).size,
        lines: readFileSync(fileOf(path), 'utf8')
          .split('\n')
          .filter(line => line !== ''),
      }
    },
    async receive(request, response) {
      if (answerFault(faults.take('upload'), response)) return
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      const found =
        request.method === 'PUT'
          ? { key: (request.url ?? '').replace('/staged-uploads/', ''), file: body }
          : formOf(body, String(request.headers['content-type']))
      if (found === undefined) return answerJson(response, 400, { error: 'the form has no key or no file' })
      mkdirSync(folder, { recursive: true })
      writeFileSync(fileOf(found.key), found.file)
      response.writeHead(request.method === 'PUT' ? 200 : 201, { 'content-type': 'application/xml' })
      response.end(
        `<?xml version='1.0' encoding='UTF-8'?><PostResponse><Location>/${found.key}</Location><Bucket>sandbox</Bucket><Key>${found.key}</Key><ETag>"sandbox"</ETag></PostResponse>`,
      )
    },
  }
}

/** The key and the file of a multipart form; the file is its last part. */
function formOf(body: Buffer, contentType: string): { readonly key: string; readonly file: Buffer } | undefined {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1]
  if (boundary === undefined) return undefined
  const parts = new Map<string, Buffer>()
  const mark = Buffer.from(`--${boundary}`)
  for (let from = body.indexOf(mark); from >= 0; ) {
    const next = body.indexOf(mark, from + mark.length)
    if (next < 0) break
    const part = body.subarray(from + mark.length + 2, next - 2)
    const end = part.indexOf('\r\n\r\n')
    const name = /name="([^"]+)"/.exec(part.subarray(0, end).toString('utf8'))?.[1]
    if (name !== undefined) parts.set(name, part.subarray(end + 4))
    from = next
  }
  const [key, file] = [parts.get('key'), parts.get('file')]
  return key === undefined || file === undefined ? undefined : { key: key.toString('utf8'), file }
}
