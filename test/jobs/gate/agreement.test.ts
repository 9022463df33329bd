import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Contract } from '../../../contracts/contract.ts'
import { canonical } from '../../../contracts/decimal.ts'
import { gate } from '../../../jobs/gate/gate.ts'
import type { Gated } from '../../../jobs/gate/gated.ts'
import { lineClaims } from '../../../jobs/gate/ndjson-query.ts'
import { lineVerdicts } from '../../../jobs/gate/verdict.ts'
import { landFile } from '../../../jobs/landing.ts'
import type { Cells, Local } from '../../../models/warehouse/warehouse.ts'
import { hostileLine } from './hostile.ts'
import { memoryLocal } from './local.ts'
import { orderClaims } from './orders.ts'

let local: Local
let folder: string
beforeAll(async () => {
  local = await memoryLocal()
  folder = await mkdtemp(join(tmpdir(), 'gate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('what the gate lets through is what the judge alone accepts, with the same values, over thousands of hostile lines', async () => {
  const runs = Number(process.env.BOOMERANG_HOSTILE_RUNS ?? 12)
  const batch = fc.array(hostileLine, { minLength: 350, maxLength: 350 })
  await fc.assert(
    fc.asyncProperty(batch, async lines => {
      const bytes = Buffer.concat(lines.flatMap(line => [line, Buffer.from('\n')]))
      const gated = await gateBytes(bytes)
      expect(differences(await standing(gated), judgedAlone(lines), lines)).toEqual([])
    }),
    { numRuns: runs, seed: 20260630, endOnFailure: true, reporter: firstDifference },
  )
}, 120_000)

async function gateBytes(bytes: Buffer): Promise<Gated> {
  const landed = await landFile(
    folder,
    'lines.jsonl',
    (async function* () {
      yield bytes
    })(),
  )
  const { lines, longest } = landed
  return gate(local, {
    path: join(folder, 'lines.jsonl'),
    format: 'ndjson',
    lines,
    longest,
    claims: orderClaims,
    prefix: 'f',
    offset: 0,
    scratch: folder,
  })
}

/** Every accepted record as one sorted text, values in their canonical form. */
async function standing(gated: Gated): Promise<readonly string[]> {
  const found: string[] = []
  for (const stage of gated.stages) {
    const columns = Object.entries(stage.contract.row).map(([column, { kind }]) =>
      kind === 'instant'
        ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}`
        : kind === 'list'
          ? `${column}::varchar as ${column}`
          : `${column}::varchar as ${column}`,
    )
    const rows = await local.query(
      `select ${columns.join(', ')}, _position::varchar as _position, _ordinal::varchar as _ordinal from ${stage.relation}`,
    )
    found.push(...rows.map(row => asText(stage.contract, row)))
  }
  return found.sort()
}

function judgedAlone(lines: readonly Buffer[]): readonly string[] {
  const kept = lines.filter(line => !/^[ \t\r\v\f]*$/.test(line.toString('latin1')))
  const sorted = lineClaims(orderClaims)
  return kept
    .flatMap((line, position) =>
      lineVerdicts(line, sorted).flatMap(verdict =>
        verdict.state === 'accepted'
          ? [
              asText((orderClaims[verdict.claim] as { contract: Contract }).contract, {
                ...verdict.cells,
                _position: String(position),
                _ordinal: String(verdict.ordinal),
              }),
            ]
          : [],
      ),
    )
    .sort()
}

function asText(contract: Contract, row: Cells): string {
  const cells = Object.entries(row).map(([column, value]) => {
    const kind = contract.row[column]?.kind
    const text =
      value === null
        ? null
        : kind === 'decimal'
          ? canonical(String(value))
          : kind === 'list'
            ? JSON.stringify(JSON.parse(String(value)))
            : String(value)
    return [column, text]
  })
  return JSON.stringify([contract.name, Object.fromEntries(cells.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))])
}

/** What only one of the two accepted, with the line that it came from. */
function differences(gated: readonly string[], judged: readonly string[], lines: readonly Buffer[]): readonly string[] {
  const kept = lines.filter(line => !/^[ \t\r\v\f]*$/.test(line.toString('latin1')))
  const only = (who: string, these: readonly string[], those: readonly string[]): readonly string[] => {
    const others = new Set(those)
    return these
      .filter(text => !others.has(text))
      .map(text => `${who}: ${text}\n  from ${kept[Number(/"_position":"(\d+)"/.exec(text)?.[1])]}`)
  }
  return [...only('gate', gated, judged), ...only('judge', judged, gated)].slice(0, 1)
}

/** A counterexample of hundreds of lines helps nobody: the assertion has already named the line. */
function firstDifference<T>(details: fc.RunDetails<T>): void {
  if (details.failed) throw details.errorInstance
}
