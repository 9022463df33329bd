import type { Json, Resume } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import type { Claim } from '../kernel/claim.ts'
import type { State } from './state.ts'

/** Under what a step remembers: beyond its run, for it is planned again; what a person asked for once more knows nothing of what was asked before. */
export function memoryOf({ id, args }: Step): string {
  const { asked } = (args ?? {}) as { readonly asked?: unknown }
  return typeof asked === 'string' ? `${id} asked ${asked}` : id
}

/** A step's own memory, kept under its name beyond the run; only the holder of the claim's token may write it. */
export const resumeOf = (state: State, held: Claim): Resume => ({
  async get(name) {
    const row = await state.read
      .selectFrom('resume')
      .select('value')
      .where('step', '=', memoryOf(held.step))
      .where('name', '=', name)
      .executeTakeFirst()
    return row === undefined ? undefined : (JSON.parse(row.value) as Json)
  },
  async set(name, value) {
    await state.write(async tables => {
      const holds = await tables
        .selectFrom('step')
        .select('id')
        .where('run', '=', held.run)
        .where('id', '=', held.step.id)
        .where('token', '=', held.token)
        .where('state', '=', 'running')
        .executeTakeFirst()
      if (holds === undefined)
        throw new Fault({
          what: 'this claim of the step was taken over by another',
          where: held.step.id,
          hint: 'Nothing was remembered; the other claim does the step.',
          retry: 'never',
        })
      if (value === undefined)
        return void (await tables
          .deleteFrom('resume')
          .where('step', '=', memoryOf(held.step))
          .where('name', '=', name)
          .execute())
      const text = JSON.stringify(value)
      await tables
        .insertInto('resume')
        .values({ step: memoryOf(held.step), name, value: text })
        .onConflict(conflict => conflict.columns(['step', 'name']).doUpdateSet({ value: text }))
        .execute()
    })
  },
})
