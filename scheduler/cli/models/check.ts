import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '../../../jobs/job.ts'
import { projectCache } from '../../../models/compiler/cache.ts'
import { type Checked, checkModels } from '../../../models/compiler/check.ts'
import { type Compiled, readModels } from '../../../models/compiler/compile.ts'
import { brokenExposures } from '../../../models/compiler/exposures.ts'
import { knownLineage, type Lineage } from '../../../models/compiler/lineage.ts'
import { type Mistake, mistakeText } from '../../../models/compiler/mistake.ts'
import { type Lock, lockFile, lockMistakes, lockOf, lockText, unlocked } from '../../../models/lock.ts'
import type { Model } from '../../../models/model.ts'
import { opsRelations } from '../../../models/warehouse/ops.ts'
import { rawName } from '../../../models/warehouse/raw.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { counted } from '../table.ts'

export interface CheckedModels {
  readonly compiled: Compiled
  readonly checked: Checked
  /** What a model's columns are made of; the parser is loaded. */
  readonly lineage: (model: Model) => Lineage
  /** Keeps what was found out of lineage for the next command. */
  readonly keep: () => Promise<void>
}

/** The models of a project, read and prepared. */
export async function checkedModels(
  { project, environment: { variables } }: Pick<Site, 'project' | 'environment'>,
  { contracts }: Catalogue,
): Promise<CheckedModels> {
  const known = [...contracts.map(rawName), ...opsRelations]
  const cache = await projectCache(project.root)
  const compiled = await readModels({
    root: project.root,
    known,
    variables: Object.keys(variables),
    targets: project.targets,
    cache,
  })
  const checked = await checkModels(compiled, { contracts, variables, cache })
  await cache.save()
  return { compiled, checked, lineage: knownLineage(cache, checked.columns), keep: () => cache.save() }
}

export interface CheckOptions {
  readonly json: boolean
  /** Writes the columns as they are into the lock. */
  readonly write: boolean
}

/** Finds every mistake in every model, its tests and its conditions, without a warehouse; runs nothing. */
export async function modelCheck(site: Site, catalogue: Catalogue, { json, write }: CheckOptions): Promise<number> {
  const { root } = site.project
  const { compiled, checked } = await checkedModels(site, catalogue)
  const lock = lockOf(
    compiled.models.map(({ relation }) => relation),
    checked.columns,
  )
  if (write && checked.mistakes.length === 0) await writeFile(join(root, lockFile), lockText(lock))
  const { stale, fresh } = checked.mistakes.length === 0 ? await lockOn(root, lock) : noLock
  const all = { ...checked, mistakes: [...checked.mistakes, ...stale] }
  if (!json && fresh.length > 0)
    say(
      `${lockFile} does not hold ${fresh.join(', ')} yet: \`boomerang model check --write\` lets code name their columns.`,
    )
  if (!json)
    for (const { file, line, what, hint } of compiled.exposures.flatMap(each => brokenExposures(each, checked.columns)))
      say(`${file}:${line} ${what}. ${hint}`)
  const others = site.project.targets.slice(1)
  if (!json && others.length > 0)
    say(`For ${others.join(' and ')}: parsed, and held to what is portable; not checked by the warehouse itself.`)
  return tellMistakes(root, { compiled, checked: all, json })
}

interface LockState {
  readonly stale: readonly Mistake[]
  /** Models that it does not hold. */
  readonly fresh: readonly string[]
}

const noLock: LockState = { stale: [], fresh: [] }

/** A project without a lock has no code that names columns. */
async function lockOn(root: string, lock: Lock): Promise<LockState> {
  const text = await readFile(join(root, lockFile), 'utf8').catch(() => undefined)
  return text === undefined ? noLock : { stale: lockMistakes(text, lock), fresh: unlocked(text, lock) }
}

/** Prints every mistake with its line, or that there is none. */
export async function tellMistakes(
  root: string,
  { compiled, checked, json }: Pick<CheckedModels, 'compiled' | 'checked'> & Pick<CheckOptions, 'json'>,
): Promise<number> {
  const { mistakes, unchecked } = checked
  for (const mistake of mistakes)
    say(json ? JSON.stringify(mistake) : mistakeText(mistake, await textOf(root, mistake.file)))
  if (!json) for (const relation of unchecked) say(`${relation} was not checked: it reads what is wrong.`)
  const right = `${counted(compiled.models.length, 'model')}, no mistake.`
  if (!json) say(mistakes.length === 0 ? right : `${counted(mistakes.length, 'mistake')}; nothing was built.`)
  return mistakes.length === 0 ? exitCodes.ok.code : exitCodes.usage.code
}

const textOf = (root: string, file: string): Promise<string> => readFile(join(root, file), 'utf8').catch(() => '')

export const say = (text: string): void => void process.stdout.write(`${text}\n`)
