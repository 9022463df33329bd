import type { Contract } from '../contracts/contract.ts'
import { Fault } from '../contracts/fault.ts'
import type { Model } from '../models/model.ts'
import { rawName, rawTable } from '../models/warehouse/raw.ts'
import type { Room } from './job.ts'
import { pipelinesOf } from './pipeline.ts'
import type { Publishing } from './publish-model.ts'
import { writtenBy } from './written.ts'

/**
 * Says of each relation of `raw` that the model reads whether no connection of the environment brings it: it is then empty, and made so where it does
 * not stand. A house without an ERP has the models of one without it. A Fault where a connection should have brought it, and never has.
 */
export async function emptyInputs({
  room,
  warehouse,
  model,
}: Pick<Publishing, 'room' | 'warehouse' | 'model'>): Promise<readonly string[]> {
  const notes: string[] = []
  const brought = broughtIn(room)
  for (const contract of room.catalogue.contracts.filter(each => model.reads.includes(rawName(each)))) {
    const read = rawName(contract)
    const stands = (await warehouse.columns(read)) !== undefined
    if (brought.has(contract.name) && !stands) throw neverLoaded(read, model)
    if (brought.has(contract.name)) continue
    if (!stands) await makeEmpty({ room, warehouse }, contract)
    notes.push(
      `${model.relation}: no connection of ${room.environment.name} brings ${read}: what it reads of it is ${stands ? 'what was loaded before' : 'empty'}`,
    )
  }
  return notes
}

async function makeEmpty(
  { room, warehouse }: Pick<Publishing, 'room' | 'warehouse'>,
  contract: Contract,
): Promise<void> {
  const relation = rawName(contract)
  await warehouse.apply({
    key: `empty ${relation} ${room.run} ${room.token}`,
    token: room.token,
    writes: [relation],
    statements: rawTable(contract).map(sql => ({ sql })),
  })
}

const broughtIn = (room: Room): ReadonlySet<string> =>
  new Set(pipelinesOf(room).flatMap(({ object }) => writtenBy(object, room.catalogue).map(({ name }) => name)))

const neverLoaded = (read: string, { file }: Model): Fault =>
  new Fault({
    what: `nothing was ever loaded into ${read}`,
    where: file,
    hint: '`boomerang runs` shows what became of the loads that bring it.',
    retry: 'never',
  })
