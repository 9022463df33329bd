type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** One after the other, in the order of the calls; a failure is its own caller's alone. */
export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
