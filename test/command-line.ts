import { type MainTerms, main } from '../scheduler/main.ts'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command in the process of the test, which has its code loaded already, and gives what it would have ended with and written. One at a time. */
export async function commandLine(terms: MainTerms): Promise<Ran> {
  const [out, err] = [caught(process.stdout), caught(process.stderr)]
  try {
    const code = await main(terms)
    return { code, out: out.text(), err: err.text() }
  } finally {
    out.end()
    err.end()
  }
}

/** Keeps what is written to a stream of the process until `end`, and then leaves the stream as it was. */
function caught(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  const { write } = stream
  const listeners = stream.listeners('error')
  let text = ''
  stream.write = (piece: string | Uint8Array): boolean => {
    text += String(piece)
    return true
  }
  return {
    text: () => text,
    end() {
      stream.write = write
      for (const added of stream.listeners('error'))
        if (!listeners.includes(added)) stream.off('error', added as (error: Error) => void)
    },
  }
}
