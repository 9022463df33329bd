import { name } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'

/** The key's columns of a relation, for SQL. */
export const keys = ({ key }: Contract, from: string): string => key.map(each => `${from}.${name(each)}`).join(', ')

export const sameKeys = ({ key }: Contract, left: string, right: string): string =>
  key.map(each => `${left}.${name(each)} = ${right}.${name(each)}`).join(' and ')
