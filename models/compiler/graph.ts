import { Fault } from '../../contracts/fault.ts'

export interface Node {
  readonly relation: string
  readonly reads: readonly string[]
  readonly file: string
}

/** The nodes so that each stands after what it reads; by name where the order is free. A cycle is a Fault that walks it. */
export function inOrder<N extends Node>(nodes: readonly N[]): readonly N[] {
  const byRelation = new Map(nodes.map(node => [node.relation, node]))
  const done = new Set<string>()
  const ordered: N[] = []
  const visit = (node: N, way: readonly N[]): void => {
    if (done.has(node.relation)) return
    const from = way.indexOf(node)
    if (from >= 0) throw cycle([...way.slice(from), node])
    for (const read of [...node.reads].sort()) {
      const next = byRelation.get(read)
      if (next !== undefined) visit(next, [...way, node])
    }
    done.add(node.relation)
    ordered.push(node)
  }
  for (const node of nodes.toSorted((a, b) => (a.relation < b.relation ? -1 : 1))) visit(node, [])
  return ordered
}

const cycle = (way: readonly Node[]): Fault =>
  new Fault({
    what: `the models read each other in a circle: ${way.map(node => node.relation).join(' reads ')}`,
    where: way[0]?.file ?? '',
    hint: 'Move what they share into a model that both read.',
    retry: 'never',
  })
