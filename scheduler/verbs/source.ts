import type { Command } from 'commander'
import type { SampleOptions } from '../cli/source.ts'
import { doing, type VerbTerms, verb } from './verb.ts'

export function addSource(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  const source = verb(program, 'source', 'look at a source without reading it into the house')
  verb(source, 'check <connection>', 'what can be reached with its rights').action((connection: string) =>
    does('source check', async office =>
      (await import('../cli/source.ts')).sourceCheck(office, await catalogue(), connection),
    ),
  )
  verb(source, 'discover <connection>', 'which objects and columns there are').action((connection: string) =>
    does('source discover', async office =>
      (await import('../cli/source.ts')).sourceDiscover(office, await catalogue(), connection),
    ),
  )
  verb(source, 'sample <connection> <object>', 'the first records, judged by their contract')
    .option('--limit <n>', 'so many lines', '5')
    .action((connection: string, object: string, options: SampleOptions) =>
      does('source sample', async office =>
        (await import('../cli/source.ts')).sourceSample(office, await catalogue(), { connection, object, ...options }),
      ),
    )
}
