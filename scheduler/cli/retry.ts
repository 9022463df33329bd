import type { Catalogue } from '../../jobs/job.ts'
import { thenTell } from '../alerts/watch.ts'
import { exitCodes } from '../exit-codes.ts'
import { cancelRun, reopen, runNamed } from '../kernel/run.ts'
import type { Office } from '../office.ts'
import { printerFor } from './printer.ts'
import { type RunOptions, work } from './run.ts'
import { counted } from './table.ts'

/** Goes on with a run from what failed, in this process and in whatever other works. */
export async function retry(
  office: Office,
  catalogue: Catalogue,
  { run, json }: RunOptions & { readonly run: string },
): Promise<number> {
  const { id, state } = await runNamed(office.state, run)
  const printer = printerFor(process.stdout, json)
  if (state === 'done') {
    printer.say(`${id} is done, nothing to do.`)
    return exitCodes.ok.code
  }
  await reopen(office.state, id, await office.state.now())
  printer.say(`Going on with ${id}.`)
  const again = `\`boomerang retry ${id}\` goes on where it stopped.`
  return thenTell(office, catalogue, () => work(office, catalogue, { run: id, printer, again }))
}

/** Ends a run before it is done. */
export async function cancel(office: Office, run: string): Promise<number> {
  const { id, state } = await runNamed(office.state, run)
  const left =
    state === 'running' || state === 'failed' ? await cancelRun(office.state, id, await office.state.now()) : 0
  process.stdout.write(
    left === 0
      ? `${id} is ${state === 'failed' ? 'cancelled' : state}; nothing of it was waiting or working.\n`
      : `${id} is cancelled: ${counted(left, 'step')} will not be done. What is loaded stays. \`boomerang retry ${id}\` takes it up again; otherwise the next night answers for what is open.\n`,
  )
  return exitCodes.ok.code
}
