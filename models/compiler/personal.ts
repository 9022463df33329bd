import type { Contract } from '../../contracts/contract.ts'
import type { Model } from '../model.ts'
import { rawName } from '../warehouse/raw.ts'
import type { ColumnName, Lineage } from './lineage.ts'

export interface PersonalTerms {
  readonly models: readonly Model[]
  readonly contracts: readonly Contract[]
  /** Of a model's query, or of a part of it. */
  readonly lineage: (model: Model) => Lineage
}

/** Whether a column tells of a person: its contract or a header says so, of itself or of anything that it is made of. One that cannot be followed may. */
export function personalColumns({
  models,
  contracts,
  lineage,
}: PersonalTerms): (model: Model, column: string) => boolean {
  const known = new Map<string, Lineage>()
  const inRaw = new Set(
    contracts.flatMap(contract =>
      Object.entries(contract.row).flatMap(([column, { personal }]) =>
        personal === true ? [`${rawName(contract)}.${column}`] : [],
      ),
    ),
  )
  const isPersonal = (model: Model, column: string): boolean => {
    if (model.header.columns[column]?.personal === true) return true
    const found = known.get(model.sql) ?? lineage(model)
    known.set(model.sql, found)
    const from = found.columns.get(column)
    return from === undefined || from.some(isPersonalBeneath)
  }
  const isPersonalBeneath = (name: ColumnName): boolean => {
    const dot = name.lastIndexOf('.')
    const model = models.find(({ relation }) => relation === name.slice(0, dot))
    return model === undefined ? inRaw.has(name) || name.endsWith('._extra') : isPersonal(model, name.slice(dot + 1))
  }
  return isPersonal
}
