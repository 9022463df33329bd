import { z } from 'zod'
import { Fault } from '../../../contracts/fault.ts'
import { parsedJson } from '../../../contracts/parsed-json.ts'
import type { FoundFile, Place } from './place.ts'

const manifestForm = z.object({
  file: z.string(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** What a sender says of a file: its records, its bytes, and their checksum. */
export type DropManifest = z.infer<typeof manifestForm>

const mostBytes = 1 << 20

/** Reads a manifest; a Fault unless it is of the agreed form and speaks of this file. */
export async function readManifest(place: Place, witness: FoundFile, file: string): Promise<DropManifest> {
  const read = manifestForm.safeParse(witness.bytes > mostBytes ? undefined : parsedJson(await textOf(place, witness)))
  if (read.success && read.data.file === file) return read.data
  const fields = read.success ? 'file' : read.error.issues.map(issue => issue.path.join('.') || 'the whole').join(', ')
  throw new Fault({
    what: `the manifest is not as agreed in: ${fields}`,
    where: place.where(witness.name),
    hint: `It must be JSON with file "${file}", rows, bytes and sha256. Ask the sender to write it anew.`,
    retry: 'later',
  })
}

async function textOf(place: Place, file: FoundFile): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of place.open(file, 0)) chunks.push(chunk)
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '')
}
