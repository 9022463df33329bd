/** A guard that is taken out, and the test that must then go red. */
export interface Mutant {
  readonly name: string
  readonly file: string
  /** Stands in the file once; without it the file means something else, or nothing guards it any more. */
  readonly from: string
  readonly to: string
  readonly test: string
  /** Which tests of the file; all where it is absent. */
  readonly only?: string
}

export const simulated = { test: 'test/simulation/simulation.test.ts', only: 'keep every promise' } as const
