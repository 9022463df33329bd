import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** An accepted write: on disk before it is answered, and replayed when the sandbox starts. */
export interface Write {
  readonly server: string
  readonly id: string
  readonly fields: Readonly<Record<string, string | null>>
}

export interface Writes {
  /** Keeps the writes; a null or empty field is cleared. */
  keep(server: string, writes: readonly Omit<Write, 'server'>[]): void
  held(server: string, id: string): Readonly<Record<string, string>> | undefined
  all(server: string): Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly accepted: Readonly<Record<string, number>>
}

/** How a line ends that was written to its end. */
const whole = '}}'

export function writesOf(file: string): Writes {
  const state = new Map<string, Map<string, Record<string, string>>>()
  const accepted: Record<string, number> = {}
  const put = ({ server, id, fields }: Write): void => {
    const records = state.get(server) ?? new Map<string, Record<string, string>>()
    state.set(server, records)
    const record = records.get(id) ?? {}
    records.set(id, record)
    for (const [field, value] of Object.entries(fields)) {
      if (value === null || value === '') delete record[field]
      else record[field] = value
    }
    accepted[server] = (accepted[server] ?? 0) + 1
  }
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8')
    for (const line of text.split('\n')) if (line.endsWith(whole)) put(JSON.parse(line) as Write)
    if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n')
  }
  return {
    keep(server, writes) {
      const all = writes.map(write => ({ server, ...write }))
      appendFileSync(file, all.map(write => `${JSON.stringify(write)}\n`).join(''), { flush: true })
      for (const write of all) put(write)
    },
    held: (server, id) => state.get(server)?.get(id),
    all: server => Object.fromEntries(state.get(server) ?? []),
    accepted,
  }
}
