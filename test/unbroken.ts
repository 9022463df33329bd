import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '../sandbox/command.ts'
import { apart, oneBrand, settle } from './project.ts'
import { warehouseOf } from './warehouses.ts'

/** A night that nothing broke. */
export interface Unbroken {
  /** Every row of its warehouse, as text. */
  readonly rows: readonly string[]
  /** How long it took, in milliseconds. */
  readonly took: number
}

/** A project of one brand before its first night. */
export async function freshProject(root: string, more = ''): Promise<{ readonly root: string; stop(): Promise<void> }> {
  const sandbox = await startSandbox({ dir: join(root, '.boomerang', 'sandbox'), orders: 300 })
  await sandbox.advance()
  settle(root, `${oneBrand} ${more}`)
  return { root, stop: () => sandbox.stop() }
}

export async function unbrokenNight(): Promise<Unbroken> {
  const folder = mkdtempSync(join(tmpdir(), 'unbroken-'))
  try {
    const { root, stop } = await freshProject(folder)
    const began = Date.now()
    const { code, out, err } = await apart(root, 'run')
    const took = Date.now() - began
    await stop()
    if (code !== 0) throw new Error(`${out}${err}`)
    return { rows: await warehouseOf(root), took }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
