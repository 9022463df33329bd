import { appendFileSync } from 'node:fs'

/** Where a process is killed: before or after the call of this number; 0 is nowhere. */
export interface Death {
  readonly at: number
  readonly side: 'before' | 'after'
}

/** Counts the calls that cross a boundary of the process, writes down each, and kills the process at one of them. */
export interface Boundaries {
  crossing<T>(name: string, call: () => Promise<T>): Promise<T>
  crossed(name: string, call: () => void): void
}

export function boundariesOf({ at, side }: Death, log: string): Boundaries {
  let count = 0
  const die = (now: Death['side'], n: number): void => {
    if (n === at && now === side) process.kill(process.pid, 'SIGKILL')
  }
  const next = (name: string): number => {
    count += 1
    appendFileSync(log, `${name}\n`)
    return count
  }
  return {
    async crossing(name, call) {
      const n = next(name)
      die('before', n)
      const result = await call()
      die('after', n)
      return result
    },
    crossed(name, call) {
      const n = next(name)
      die('before', n)
      call()
      die('after', n)
    },
  }
}
