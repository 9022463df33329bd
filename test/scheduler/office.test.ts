import { afterEach, beforeEach, expect, test } from 'vitest'
import { openOffice } from '../../scheduler/office.ts'
import { type ToyProject, toyProject, toySettings } from './toy/project.ts'

let toy: ToyProject
beforeEach(() => {
  toy = toyProject()
})
afterEach(() => toy.remove())

test('the warehouse has the memory and the cores that its environment gives it', async () => {
  const warehouse = { kind: 'duckdb', path: 'warehouse.duckdb', memory: '200MB', threads: 3 }
  toy.config({ ...toySettings, environments: { toy: { ...toySettings.environments.toy, warehouse } } })
  const office = await openOffice({ root: toy.root, command: 'run' })
  try {
    const sql = `select current_setting('memory_limit') as memory, current_setting('threads') as threads`
    expect(await office.lane.use(opened => opened.query({ sql }))).toEqual([{ memory: '190.7 MiB', threads: 3n }])
  } finally {
    await office.close()
  }
})
