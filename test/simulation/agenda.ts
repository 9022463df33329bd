/** What happens when, by a time that only it advances. */
export interface Agenda {
  /** Milliseconds since the beginning; never back. */
  readonly time: number
  later(ms: number, what: () => Promise<void>): void
  /** One thing after the other, until nothing is left, or it is over. */
  run(isOver: () => boolean): Promise<void>
}

interface Entry {
  readonly at: number
  readonly what: () => Promise<void>
}

export function newAgenda(): Agenda {
  const entries: Entry[] = []
  let time = 0
  return {
    get time() {
      return time
    },
    later(ms, what) {
      const at = time + Math.max(0, Math.ceil(ms))
      const place = entries.findLastIndex(each => each.at <= at) + 1
      entries.splice(place, 0, { at, what })
    },
    async run(isOver) {
      for (let next = entries.shift(); next !== undefined && !isOver(); next = entries.shift()) {
        time = next.at
        await next.what()
      }
    },
  }
}
