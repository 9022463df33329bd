import type { Json } from '../../contracts/context.ts'
import type { Night, Step } from '../../jobs/job.ts'

/** What a simulated step is: which of them kill their process, which replace what they write. */
export interface SimArgs {
  readonly poison: boolean
  readonly publishes: boolean
}

const pick = <T>(from: readonly T[], random: () => number): T => from[Math.floor(random() * from.length)] as T

/** Steps with diamonds, pools, writers and risks; one of them closes the interval of the night, where it has one. */
export function randomGraph(random: () => number, night?: Night): readonly Step[] {
  const connection = night?.environment.connections[0]
  const interval = connection === undefined ? undefined : night?.interval('orders', connection)
  const size = 3 + Math.floor(random() * 7)
  return Array.from({ length: size }, (_, n): Step => {
    const after = Array.from({ length: n }, (_, m) => `s${m}`).filter(() => random() < 1.6 / (n + 1))
    const closes = n === Math.floor(size / 2) && interval !== undefined && connection !== undefined
    const args: SimArgs = { poison: random() < 0.02, publishes: random() < 0.4 }
    return {
      id: `s${n}`,
      job: 'simulated',
      args: (closes
        ? { ...args, pipeline: 'orders', connection: connection.name, interval, closes: true, publishes: false }
        : args) as unknown as Json,
      after,
      writes: closes ? ['orders'] : random() < 0.6 ? [pick(['x', 'y', 'z'], random)] : [],
      risk: pick(['financial', 'operational', 'analytical'] as const, random),
      ...(random() < 0.5 ? { pool: pick(['north', 'south'], random) } : {}),
    }
  })
}
