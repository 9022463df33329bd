import type { Command } from 'commander'
import { toFault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'
import type { AckOptions, MuteOptions } from './cli/alerts.ts'
import type { FindingsOptions } from './cli/findings.ts'
import type { RejectsOptions } from './cli/rejects.ts'
import type { RunOptions } from './cli/run.ts'
import type { PauseOptions } from './cli/schedule.ts'
import type { SampleOptions } from './cli/source.ts'
import type { StatusOptions } from './cli/status.ts'
import type { UpOptions } from './cli/up.ts'
import type { Office } from './office.ts'

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
  verb(program, 'worker', 'do the steps of every run, beside other workers, until it is stopped').action(() =>
    does('worker', async office => (await import('./cli/worker.ts')).worker(office, await catalogue())),
  )
  verb(program, 'up', 'plan the nights, do their steps, and take in events as they happen, until it is stopped')
    .option('--listen <address>', 'a port, or host:port', '127.0.0.1:8787')
    .option('--every <seconds>', 'how often a batch is loaded', '5')
    .action((options: UpOptions) =>
      does('up', async office => (await import('./cli/up.ts')).up(office, await catalogue(), options)),
    )
  addLooks(program, terms)
  addAlerts(program, terms)
  addSchedule(program, terms)
  addSource(program, terms)
}

type Does = (command: string, work: Work) => Promise<void>

const doing =
  (program: Command, terms: VerbTerms): Does =>
  (command, work) =>
    inOffice(program, { ...terms, command }, work)

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
  verb(program, 'findings', 'list what the checks found and is not resolved')
    .option('--check <name>', 'of one check')
    .option('--connection <name>', 'of one connection')
    .option('--limit <n>', 'at most so many', '50')
    .action((options: FindingsOptions) =>
      does('findings', async office => (await import('./cli/findings.ts')).findings(office, options)),
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

function addAlerts(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  const alerts = verb(program, 'alerts', 'what is wrong, who was told, and who works on it').action(() =>
    does('alerts', async office => (await import('./cli/alerts.ts')).alerts(office)),
  )
  verb(alerts, 'ack <id>', 'say that you work on it: nobody is reminded of it')
    .option('--why <text>', 'for whoever comes next', '')
    .action((id: string, options: AckOptions) =>
      does('alerts ack', async office => (await import('./cli/alerts.ts')).alertsAck(office, id, options)),
    )
  verb(alerts, 'mute <name>', 'tell nobody for a while; an id, or a pipeline, a connection or a check')
    .requiredOption('--for <time>', 'such as 30m, 2h or 3d')
    .option('--why <text>', 'for whoever comes next', '')
    .action((name: string, options: MuteOptions) =>
      does('alerts mute', async office =>
        (await import('./cli/alerts.ts')).alertsMute(office, await catalogue(), { name, ...options }),
      ),
    )
  verb(alerts, 'unmute <name>', 'tell again').action((name: string) =>
    does('alerts unmute', async office => (await import('./cli/alerts.ts')).alertsUnmute(office, name)),
  )
  verb(alerts, 'test', 'send a message to every route, and say which took it').action(() =>
    does('alerts test', async office => (await import('./cli/alerts.ts')).alertsTest(office)),
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

async function inOffice(
  program: Command,
  { root, command, settle }: VerbTerms & { readonly command: string },
  work: Work,
): Promise<void> {
  const { openOffice } = await import('./office.ts')
  const { environment } = program.opts<{ environment?: string }>()
  const office = await openOffice({ root, command, ...(environment === undefined ? {} : { environment }) })
  try {
    settle(await work(office))
  } catch (error) {
    throw office.outside.masked(toFault(error, `boomerang ${command}`))
  } finally {
    await office.close()
  }
}
