import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type DraftRead, readDraft } from './draft.ts'
import type { ModelFiles } from './files.ts'
import { loadParser } from './polyglot.ts'
import type { Language } from './query.ts'

/** Below so many files one thread is done before another has read its own code. */
const share = 200

interface Portion {
  readonly files: readonly ModelFiles[]
  readonly language: Language
}

/** Reads the files of models, in their order; many of them on several threads. */
export async function readDrafts(files: readonly ModelFiles[], language: Language): Promise<readonly DraftRead[]> {
  if (files.length === 0) return []
  const threads = Math.min(availableParallelism(), Math.ceil(files.length / share))
  const size = Math.ceil(files.length / threads)
  const portions = Array.from({ length: threads }, (_, at) => ({
    files: files.slice(at * size, (at + 1) * size),
    language,
  }))
  const [own = { files: [], language }, ...others] = portions
  const elsewhere = others.map(onThread)
  return [await readHere(own), ...(await Promise.all(elsewhere))].flat()
}

async function readHere({ files, language }: Portion): Promise<readonly DraftRead[]> {
  await loadParser()
  return files.map(each => readDraft(each, language))
}

const onThread = (portion: Portion): Promise<readonly DraftRead[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { draftPortion: portion } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })

const handed = isMainThread ? undefined : (workerData as { readonly draftPortion?: Portion } | null)?.draftPortion
if (handed !== undefined) parentPort?.postMessage(await readHere(handed))
