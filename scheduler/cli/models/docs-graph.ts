interface Reading {
  readonly relation: string
  readonly reads: readonly string[]
}

/** The relations in layers: each stands one behind the last of those that it reads; models come after what they read. */
export function layersOf(models: readonly Reading[]): readonly (readonly string[])[] {
  const depth = new Map<string, number>()
  for (const { relation, reads } of models)
    depth.set(relation, Math.max(-1, ...reads.map(read => depth.get(read) ?? -1)) + 1)
  const layers: string[][] = []
  for (const [relation, at] of depth) {
    layers[at] ??= []
    layers[at].push(relation)
  }
  return layers
}
