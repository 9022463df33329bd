import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'

/** What a database keeps beside its file while it is open, or when it was left in a hurry. */
const besides = ['', '-wal', '-shm', '.wal']

/**
 * Moves a database file away, with what lies beside it, and gives its new name; undefined where there is none. What lies there without its file is moved, too:
 * the next file of that name would take it for its own.
 */
export async function setFileAside(path: string, stamp: string): Promise<string | undefined> {
  if (!besides.some(beside => existsSync(`${path}${beside}`))) return undefined
  const aside = freeName(`${path}.before-${stamp}`)
  for (const beside of besides)
    if (existsSync(`${path}${beside}`)) await rename(`${path}${beside}`, `${aside}${beside}`)
  return aside
}

/** What was moved aside in the same second stays what it is. */
function freeName(wanted: string): string {
  let name = wanted
  for (let nth = 2; besides.some(beside => existsSync(`${name}${beside}`)); nth += 1) name = `${wanted}-${nth}`
  return name
}
