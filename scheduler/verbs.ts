import type { Command } from 'commander'
import { toFault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'
import type { BackfillOptions } from './cli/backfill.ts'
import type { RestoreOptions, UpgradeOptions } from './cli/backup.ts'
import type { RejectsOptions } from './cli/rejects.ts'
import type { RunOptions } from './cli/run.ts'
import type { PauseOptions } from './cli/schedule.ts'
import type { SampleOptions } from './cli/source.ts'
import type { StatusOptions } from './cli/status.ts'
import type { UpOptions } from './cli/up.ts'
import type { Office } from './office.ts'
import type { Site } from './site.ts'
import type { Older } from './state/migrate.ts'
import type { MetricsOptions } from './telemetry/metrics-server.ts'

export interface VerbTerms {
  readonly root: string
  readonly catalogue: () => Promise<Catalogue>
  /** Takes the exit code. */
  readonly settle: (code: number) => void
}

type Work = (office: Office) => Promise<number>

/** The commands of the house. What a command needs is imported when it is called: help and status stay cheap. */
export function addVerbs(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  verb(program, 'run', 'do the night that is due, or go on with it')
    .option('--json', 'one event a line', false)
    .action((options: RunOptions) =>
      does('run', async office => (await import('./cli/run.ts')).run(office, await catalogue(), options)),
    )
  verb(program, 'plan', 'print what the next run would do, and do nothing').action(() =>
    does('plan', async office => (await import('./cli/plan.ts')).plan(office, await catalogue())),
  )
  verb(program, 'retry <run>', 'go on with a run from what failed')
    .option('--json', 'one event a line', false)
    .action((run: string, options: RunOptions) =>
      does('retry', async office =>
        (await import('./cli/retry.ts')).retry(office, await catalogue(), { run, ...options }),
      ),
    )
  verb(program, 'cancel <run>', 'end a run before it is done').action((run: string) =>
    does('cancel', async office => (await import('./cli/retry.ts')).cancel(office, run)),
  )
  verb(program, 'worker', 'do the steps of every run, beside other workers, until it is stopped')
    .option('--metrics <address>', metricsAt)
    .action((options: MetricsOptions) =>
      does('worker', async office => (await import('./cli/worker.ts')).worker(office, await catalogue(), options)),
    )
  verb(program, 'up', 'plan the nights, do their steps, and take in events as they happen, until it is stopped')
    .option('--listen <address>', 'a port, or host:port', '127.0.0.1:8787')
    .option('--every <seconds>', 'how often a batch is loaded', '5')
    .option('--metrics <address>', metricsAt)
    .action((options: UpOptions) =>
      does('up', async office => (await import('./cli/up.ts')).up(office, await catalogue(), options)),
    )
  addPast(program, terms)
  addCare(program, terms)
  addLooks(program, terms)
  addSchedule(program, terms)
  addSource(program, terms)
}

const metricsAt = 'serve /metrics for Prometheus at a port, or host:port'

type Does = (command: string, work: Work) => Promise<void>

const doing =
  (program: Command, terms: VerbTerms): Does =>
  (command, work) =>
    inOffice(program, { ...terms, command }, work)

/** What is asked for, or loaded, once more. */
function addPast(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  verb(program, 'replay <pipeline> <connection> [day]', 'load again what was delivered, without asking the source')
    .addHelpText(
      'after',
      '\nA pipeline is one of those that `boomerang status` lists; a day is one of UTC such as 2026-06-30.',
    )
    .option('--json', 'one event a line', false)
    .action((pipeline: string, connection: string, day: string | undefined, options: RunOptions) =>
      does('replay', async office =>
        (await import('./cli/replay.ts')).replay(office, await catalogue(), {
          pipeline,
          connection,
          ...(day === undefined ? {} : { day }),
          ...options,
        }),
      ),
    )
  verb(program, 'backfill <pipeline>', 'ask the source once more for days of the past, behind everything else')
    .addHelpText(
      'after',
      '\nDays are local days of each connection. Where the same has been begun and is not done, it goes on.',
    )
    .requiredOption('--from <day>', 'the first day, such as 2026-06-01')
    .requiredOption('--to <day>', 'the first day that is not asked for')
    .option('--connection <name>', 'of one connection')
    .option('--newest-first', 'begin with the last day', false)
    .option('--dry-run', 'print the exact intervals, and do nothing', false)
    .option('--json', 'one event a line', false)
    .action((pipeline: string, options: Omit<BackfillOptions, 'pipeline'>) =>
      does('backfill', async office =>
        (await import('./cli/backfill.ts')).backfill(office, await catalogue(), { pipeline, ...options }),
      ),
    )
}

/** What keeps a house for years. */
function addCare(program: Command, terms: VerbTerms): void {
  verb(program, 'backup <folder>', 'copy the state store and the warehouse, as they are in one moment').action(
    (folder: string) =>
      inOffice(program, { ...terms, command: 'backup' }, async office =>
        (await import('./cli/backup.ts')).backup(office, folder),
      ),
  )
  verb(program, 'restore <folder>', 'put a backup in the place of what stands')
    .option('--replace', 'move aside what stands; nothing is deleted', false)
    .action((folder: string, options: RestoreOptions) =>
      atSite(program, { ...terms, command: 'restore' }, async site =>
        (await import('./cli/backup.ts')).restore(site, folder, options),
      ),
    )
  verb(program, 'upgrade', 'bring the state store of an older boomerang up to date, after a backup')
    .option('--plan', 'say what would be changed, and do nothing', false)
    .action((options: UpgradeOptions) =>
      inOffice(program, { ...terms, command: 'upgrade', older: 'leave' }, async office =>
        (await import('./cli/backup.ts')).upgrade(office, options),
      ),
    )
}

/** What only looks. */
function addLooks(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  verb(program, 'status', 'how far each pipeline is, and how the last run went')
    .option('--why', 'for each step that is not done, what it waits for', false)
    .action((options: StatusOptions) =>
      does('status', async office => (await import('./cli/status.ts')).status(office, options)),
    )
  verb(program, 'runs [run]', 'list the runs, or the steps of one').action((run: string | undefined) =>
    does('runs', async office => (await import('./cli/runs.ts')).runs(office, run)),
  )
  verb(program, 'rejects', 'list what was not loaded, and why')
    .option('--contract <name>', 'of one contract')
    .option('--connection <name>', 'of one connection')
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'one reject a line', false)
    .action((options: RejectsOptions) =>
      does('rejects', async office => (await import('./cli/rejects.ts')).rejects(office, options)),
    )
  verb(
    program,
    'trace <id>',
    'follow one order or customer from the storefront to the sink that acknowledged it',
  ).action((id: string) => does('trace', async office => (await import('./cli/trace.ts')).traceRecord(office, id)))
  verb(program, 'doctor', 'look at everything that a night needs').action(() =>
    does('doctor', async office => (await import('./cli/doctor.ts')).doctor(office, await catalogue())),
  )
}

function addSchedule(program: Command, terms: VerbTerms): void {
  const does = doing(program, terms)
  const schedule = verb(program, 'schedule', 'when nights are begun')
  verb(schedule, 'list', 'the next nights, and what becomes of missed ones').action(() =>
    does('schedule list', async office => (await import('./cli/schedule.ts')).scheduleList(office)),
  )
  verb(schedule, 'pause', 'begin no night; what works goes on')
    .option('--why <text>', 'for whoever comes next', '')
    .action((options: PauseOptions) =>
      does('schedule pause', async office => (await import('./cli/schedule.ts')).schedulePause(office, options)),
    )
  verb(schedule, 'resume', 'begin nights again').action(() =>
    does('schedule resume', async office => (await import('./cli/schedule.ts')).scheduleResume(office)),
  )
}

function addSource(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  const source = verb(program, 'source', 'look at a source without reading it into the house')
  verb(source, 'check <connection>', 'what can be reached with its rights').action((connection: string) =>
    does('source check', async office =>
      (await import('./cli/source.ts')).sourceCheck(office, await catalogue(), connection),
    ),
  )
  verb(source, 'discover <connection>', 'which objects and columns there are').action((connection: string) =>
    does('source discover', async office =>
      (await import('./cli/source.ts')).sourceDiscover(office, await catalogue(), connection),
    ),
  )
  verb(source, 'sample <connection> <object>', 'the first records, judged by their contract')
    .option('--limit <n>', 'so many lines', '5')
    .action((connection: string, object: string, options: SampleOptions) =>
      does('source sample', async office =>
        (await import('./cli/source.ts')).sourceSample(office, await catalogue(), { connection, object, ...options }),
      ),
    )
}

const verb = (program: Command, usage: string, description: string): Command =>
  program.command(usage).description(description)

interface Doing extends VerbTerms {
  readonly command: string
  readonly older?: Older
}

async function inOffice(program: Command, { root, settle, ...doing }: Doing, work: Work): Promise<void> {
  const { openOffice } = await import('./office.ts')
  const office = await openOffice({ root, ...wanted(program), ...doing })
  try {
    settle(await work(office))
  } catch (error) {
    throw office.outside.masked(toFault(error, `boomerang ${doing.command}`))
  } finally {
    await office.close()
  }
}

/** Where nothing may be opened yet. */
async function atSite(
  program: Command,
  { root, settle, command }: Doing,
  work: (site: Site) => Promise<number>,
): Promise<void> {
  const { readSite } = await import('./site.ts')
  const site = await readSite({ root, ...wanted(program) })
  try {
    settle(await work(site))
  } catch (error) {
    throw site.outside.masked(toFault(error, `boomerang ${command}`))
  }
}

function wanted(program: Command): { readonly environment?: string } {
  const { environment } = program.opts<{ environment?: string }>()
  return environment === undefined ? {} : { environment }
}
