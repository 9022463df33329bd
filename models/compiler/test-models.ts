import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract } from '../../contracts/contract.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { openDuckdb } from '../warehouse/duckdb/duckdb.ts'
import type { ColumnType } from '../warehouse/warehouse.ts'
import { runUnitTest, type TestResult } from './run-unit-test.ts'
import { readUnitTests, type UnitTest } from './unit-test.ts'

/** One test, or one file of them that cannot be read. */
export type Tested =
  | { readonly model: Model; readonly test: UnitTest; readonly result: TestResult }
  | { readonly model: Model; readonly test?: UnitTest; readonly fault: Fault }

export interface TestModelsTerms {
  readonly root: string
  readonly models: readonly Model[]
  readonly contracts: readonly Contract[]
  /** What each relation that may be given has. */
  readonly columns: ReadonlyMap<string, readonly ColumnType[]>
  /** As SQL of their types, by name. */
  readonly variables: Readonly<Record<string, string>>
}

/** Runs the unit tests that stand beside models, in an engine in memory. */
export async function* testModels({ root, models, ...terms }: TestModelsTerms): AsyncGenerator<Tested> {
  const engine = await openDuckdb(':memory:', { threads: 1 })
  try {
    for (const model of models) {
      const file = model.file.replace(/\.sql$/, '.test.yaml')
      const text = await readFile(join(root, file), 'utf8').catch(() => undefined)
      if (text === undefined) continue
      const tests = testsIn(text, file)
      if ('fault' in tests) yield { model, fault: tests.fault }
      else
        for (const test of tests.all)
          yield await runUnitTest({ local: engine.local, model, ...terms }, test).then(
            result => ({ model, test, result }),
            (error: unknown) => ({ model, test, fault: toFault(error, file) }),
          )
    }
  } finally {
    await engine.close()
  }
}

type Tests = { readonly all: readonly UnitTest[] } | { readonly fault: Fault }

function testsIn(text: string, file: string): Tests {
  try {
    return { all: readUnitTests(text, file) }
  } catch (error) {
    return { fault: toFault(error, file) }
  }
}
