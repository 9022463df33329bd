import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What makes a world: everything else follows from it. Day 0 has no night yet; the first advance begins day 1. */
export interface World {
  readonly seed: number
  /** Orders of both shops together in the history before day 1. */
  readonly orders: number
  readonly day: number
}

export const historyDays = 60
const dayMs = 86_400_000
/** Day 1 of every world, three in the morning. */
const firstDay = Date.parse('2026-06-30T03:00:00Z')

/** The simulated clock, in milliseconds. */
export const nowOf = ({ day }: Pick<World, 'day'>): number => firstDay + (Math.max(day, 1) - 1) * dayMs
/** Midnight (UTC) of the first day that the history holds. */
export const historyStart = Date.parse('2026-06-30T00:00:00Z') - historyDays * dayMs

const dates = new Map<number, string>()
const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))

/** An instant as `YYYY-MM-DDTHH:MM:SSZ`, cut to its second. */
export function isoOf(ms: number): string {
  const day = Math.floor(ms / dayMs)
  let date = dates.get(day)
  if (date === undefined) {
    date = new Date(day * dayMs).toISOString().slice(0, 10)
    dates.set(day, date)
  }
  const second = Math.floor((ms - day * dayMs) / 1000)
  return `${date}T${two[Math.floor(second / 3600)]}:${two[Math.floor(second / 60) % 60]}:${two[second % 60]}Z`
}

export const sixDigits = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')
export const days = (n: number): number => n * dayMs

const path = (dir: string): string => join(dir, 'world.json')

export function readWorld(dir: string, fresh: { readonly seed: number; readonly orders: number }): World {
  mkdirSync(dir, { recursive: true })
  if (existsSync(path(dir))) return JSON.parse(readFileSync(path(dir), 'utf8')) as World
  return writeWorld(dir, { ...fresh, day: 0 })
}

export function writeWorld(dir: string, world: World): World {
  writeWhole(path(dir), `${JSON.stringify(world)}\n`)
  return world
}

/** In one move: nobody reads half a file. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}
