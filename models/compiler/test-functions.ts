import { quote } from '../../contracts/admission.ts'
import { toFault } from '../../contracts/fault.ts'
import type { Local } from '../warehouse/warehouse.ts'
import { expandFunctions } from './expand.ts'
import type { PortableFunction } from './portable-functions.ts'
import type { FunctionTest } from './project-functions.ts'

/** What a test of a function found: nothing where it gave what was expected. */
export type FunctionTested = { readonly test: FunctionTest } & (
  | { readonly found: 'ok' }
  | { readonly found: 'failed' | 'wrong'; readonly why: string }
)

/** Calls a function of the project as its test does, and compares the text of what it gives. */
export async function testFunction(
  local: Local,
  functions: ReadonlyMap<string, PortableFunction>,
  test: FunctionTest,
): Promise<FunctionTested> {
  const { sql, mistakes } = expandFunctions(test.call, { file: test.file, target: 'duckdb', functions })
  const [mistake] = mistakes
  if (mistake !== undefined) return { test, found: 'wrong', why: `${mistake.what} ${mistake.hint}` }
  try {
    const [described] = await local.query(`describe select ${sql} as v`)
    const expected = `cast(${test.expect === null ? 'null' : quote(test.expect)} as ${described?.column_type})`
    const [row] = await local.query(
      `select cast(v as varchar) as gave, v is not distinct from ${expected} as same from (select ${sql} as v) as called`,
    )
    return row?.same === true
      ? { test, found: 'ok' }
      : { test, found: 'failed', why: `gave ${row?.gave}, and ${test.expect} was expected` }
  } catch (error) {
    return { test, found: 'wrong', why: toFault(error, test.file).what }
  }
}
