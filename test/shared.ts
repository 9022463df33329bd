import { inject } from 'vitest'
import type { Unbroken } from './unbroken.ts'

interface Shared {
  /** The address of a PostgreSQL. */
  readonly postgres: string
  readonly unbroken: Unbroken
}

/** What the files of one run share, made when the first of them asks for it. */
export async function shared<What extends keyof Shared>(what: What): Promise<Shared[What]> {
  const answer = await fetch(`${inject('shared')}/${what}`)
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Shared[What]
}
