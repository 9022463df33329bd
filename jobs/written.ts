import type { Contract } from '../contracts/contract.ts'
import type { Catalogue } from './job.ts'
import type { SourceObject } from './sources/source.ts'

/**
 * The contracts whose relations a load of the object writes: those that it brings, those that it may find gone, and all below those.
 * Each stands once, as the catalogue knows it.
 */
export function writtenBy(
  { claims, whole }: SourceObject,
  { contracts }: Pick<Catalogue, 'contracts'>,
): readonly Contract[] {
  const brought = claims.map(({ contract }) => contracts.find(({ name }) => name === contract.name) ?? contract)
  const names = new Set(brought.map(({ name }) => name))
  const lost = contracts.filter(
    ({ name, gone }) =>
      (gone !== undefined && (names.has(gone.contract) || names.has(name))) || (whole === true && names.has(name)),
  )
  const below = (contract: Contract): readonly Contract[] => [
    contract,
    ...contracts.filter(({ parent }) => parent?.contract === contract.name).flatMap(below),
  ]
  return [...new Set([...brought, ...lost.flatMap(below)])]
}

/** The contracts that bring the word for what is written: their relations are read. */
export const wordsFor = (
  written: readonly Contract[],
  { contracts }: Pick<Catalogue, 'contracts'>,
): readonly Contract[] => contracts.filter(({ name }) => written.some(({ gone }) => gone?.contract === name))
