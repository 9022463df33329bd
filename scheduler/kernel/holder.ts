import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who holds a lease: enough to prove, on the same machine, that it no longer lives. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process started, as the system tells it: a pid alone may have been given to another. */
  readonly started: string
}

export const thisProcess = (): Holder => self

const isSelf = ({ pid, host, started }: Holder): boolean =>
  pid === self.pid && host === self.host && started === self.started

/** True only where it is certain: same machine, and no such process, or another under the same pid. */
export function isDead(holder: Holder): boolean {
  if (holder.host !== self.host || isSelf(holder)) return false
  const started = startOf(holder.pid)
  return started === undefined || (started !== '' && holder.started !== '' && started !== holder.started)
}

/** The start time of a process; undefined where there is none, '' where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : `${bootOf()} ${fields[19] ?? ''}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return startWithoutProc(pid)
  }
}

/** Start times are counted from the boot: after another one, the same pid may have the same time. */
function bootOf(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

function startWithoutProc(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

const self: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) ?? '' }
