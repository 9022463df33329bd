export interface Node {
  readonly relation: string
  readonly reads: readonly string[]
}

export interface Ordered<N> {
  /** Each stands after what it reads; by name where the order is free. What is in a circle, or reads one, is not among them. */
  readonly ordered: readonly N[]
  /** Each circle, from a node back to it. */
  readonly circles: readonly (readonly N[])[]
}

/** The nodes in the order in which they can be built, and the circles that keep some from it. */
export function inOrder<N extends Node>(nodes: readonly N[]): Ordered<N> {
  const byRelation = new Map(nodes.map(node => [node.relation, node]))
  const state = new Map<N, 'open' | 'done' | 'stuck'>()
  const [ordered, circles]: [N[], N[][]] = [[], []]
  const visit = (node: N, way: readonly N[]): boolean => {
    const seen = state.get(node)
    if (seen === 'open') circles.push([...way.slice(way.indexOf(node)), node])
    if (seen !== undefined) return seen === 'done'
    state.set(node, 'open')
    const read = [...node.reads].sort().flatMap(relation => byRelation.get(relation) ?? [])
    const isFree = read.map(next => visit(next, [...way, node])).every(Boolean)
    state.set(node, isFree ? 'done' : 'stuck')
    if (isFree) ordered.push(node)
    return isFree
  }
  for (const node of nodes.toSorted((a, b) => (a.relation < b.relation ? -1 : 1))) visit(node, [])
  return { ordered, circles }
}
