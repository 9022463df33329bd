import type { Json, Resume } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Claim } from '../kernel/claim.ts'
import type { State } from './state.ts'

/** A step's own memory, kept under its name beyond the run; only the holder of the claim's token may write it. */
export const resumeOf = (state: State, held: Claim): Resume => ({
  async get(name) {
    const row = await state.read
      .selectFrom('resume')
      .select('value')
      .where('step', '=', held.step.id)
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
          .where('step', '=', held.step.id)
          .where('name', '=', name)
          .execute())
      const text = JSON.stringify(value)
      await tables
        .insertInto('resume')
        .values({ step: held.step.id, name, value: text })
        .onConflict(conflict => conflict.columns(['step', 'name']).doUpdateSet({ value: text }))
        .execute()
    })
  },
})
