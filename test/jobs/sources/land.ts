import { createHash } from 'node:crypto'
import type { Land } from '../../../jobs/sources/source.ts'

export interface MemoryLanding {
  readonly land: Land
  /** What arrived, by file name; a file whose stream failed is not there. */
  readonly files: Map<string, Buffer>
}

/** A landing in memory that measures as the real one does. */
export function memoryLanding(): MemoryLanding {
  const files = new Map<string, Buffer>()
  return {
    files,
    async land(name, bytes) {
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk)
      const whole = Buffer.concat(chunks)
      files.set(name, whole)
      const lines = whole
        .toString()
        .split('\n')
        .filter(line => line.trim() !== '')
      return {
        name,
        bytes: whole.length,
        sha256: createHash('sha256').update(whole).digest('hex'),
        lines: lines.length,
        longest: Math.max(0, ...lines.map(line => Buffer.byteLength(line))),
      }
    },
  }
}
