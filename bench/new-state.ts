import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openState } from '../scheduler/state/open.ts'
import type { State } from '../scheduler/state/state.ts'

/** Works on a state store in a file that is taken away afterwards. */
export async function inNewState<T>(work: (state: State, address: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'boomerang-bench-'))
  const address = join(folder, 'state.sqlite')
  const state = await openState({ address })
  try {
    return await work(state, address)
  } finally {
    await state.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
