import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who holds a lease: enough to prove, on the same machine, that it no longer lives. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** Within which the pid counts: of two containers under one host name neither sees the other's. Empty where the system does not tell. */
  readonly space: string
  /** When the process started, as the system tells it: a pid alone may have been given to another. */
  readonly started: string
}

export const thisProcess = (): Holder => self

/** True only where it is certain: same machine and pids, and no such process, or another under the same pid. */
export function isDead(holder: Holder): boolean {
  if (holder.host !== self.host || holder.space !== self.space) return false
  if (holder.pid === self.pid && holder.started === self.started) return false
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

function spaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

const self: Holder = {
  pid: process.pid,
  host: hostname(),
  space: spaceOf(),
  started: startOf(process.pid) ?? '',
}
