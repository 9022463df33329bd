/** Figures with their bounds, as they are printed; what is over its bound makes the bench fail. */
export interface Figures {
  print(what: string, figure: number, bound: number): void
  /** Says what is over its bound and sets the exit code by it. */
  end(): void
}

export function newFigures(): Figures {
  const over: string[] = []
  return {
    print(what, figure, bound) {
      process.stdout.write(`${what.padEnd(72)} ${figure.toFixed(2).padStart(8)}  (at most ${bound})\n`)
      if (!(figure <= bound)) over.push(what)
    },
    end() {
      if (over.length === 0) return
      process.stdout.write(`over the bound: ${over.join('; ')}\n`)
      process.exitCode = 1
    },
  }
}
