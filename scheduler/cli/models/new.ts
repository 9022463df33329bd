import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../../../contracts/fault.ts'
import { relationOfFile } from '../../../models/compiler/files.ts'
import { type Kind, kinds } from '../../../models/compiler/header.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { say } from './check.ts'

export interface NewOptions {
  readonly model: string
  readonly kind: string
}

const headers: Readonly<Record<Kind, string>> = {
  view: 'key: [id]',
  table: 'key: [id]',
  incremental: 'strategy: merge\nkey: [id]\ntime: updated_at\nlookback: 1d',
  scd2: 'key: [id]\ncompare: [name]',
  seed: 'key: [id]',
  external: 'columns:\n  id: { type: VARCHAR }',
}

const bodies: Readonly<Record<Kind, string>> = {
  view: 'select 1 as id\n',
  table: 'select 1 as id\n',
  incremental: 'select 1 as id, $now as updated_at\nwhere $now >= $start and $now < $end\n',
  scd2: "select 1 as id, 'a' as name\n",
  seed: '',
  external: '',
}

/** Writes a model that builds as it is, and a unit test beside it, to begin from. */
export async function modelNew({ project }: Site, { model, kind }: NewOptions): Promise<number> {
  const known = kinds.find(each => each === kind)
  if (known === undefined) throw usage(`there is no kind ${kind}`, `There are ${kinds.join(', ')}.`)
  const stem = `models/${model.replaceAll('.', '/')}`
  const relation = relationOfFile(`${stem}.sql`)
  if (relation === undefined)
    throw usage(
      `"${model}" names no model`,
      'Write schema.name, both in lower case letters, digits and _: marts.churn_risk.',
    )
  const query = bodies[known] !== ''
  const files: readonly (readonly [string, string])[] = [
    [`${stem}.sql`, `/* @model\nkind: ${known}\ndoc: One row …\n${headers[known]}\n*/\n${bodies[known]}`],
    ...(known === 'seed' ? [[`${stem}.csv`, 'id\n1\n'] as const] : []),
    ...(query ? [[`${stem}.test.yaml`, testOf(known)] as const] : []),
  ]
  for (const [file, text] of files) await writeNew(join(project.root, file), text, file)
  say(
    `Wrote ${files.map(([file]) => file).join(', ')}. \`boomerang model check\` and \`boomerang model test ${relation}\` look at them.`,
  )
  return exitCodes.ok.code
}

const testOf = (kind: Kind): string => {
  const instants =
    kind === 'incremental'
      ? '  now: 2026-06-30T02:00:00Z\n  start: 2026-06-29T02:00:00Z\n  end: 2026-06-30T02:00:01Z\n'
      : ''
  return `- name: one row\n${instants}  expect:\n    - { id: 1 }\n`
}

async function writeNew(path: string, text: string, file: string): Promise<void> {
  const stands = await access(path).then(
    () => true,
    () => false,
  )
  if (stands) throw usage(`${file} stands already`, 'Name another model; nothing was written over.')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

const usage = (what: string, hint: string): Fault =>
  new Fault({ what, where: 'the command line', hint, retry: 'never' })
