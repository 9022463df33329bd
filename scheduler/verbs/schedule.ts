import type { Command } from 'commander'
import type { PauseOptions } from '../cli/schedule.ts'
import { doing, type VerbTerms, verb } from './verb.ts'

export function addSchedule(program: Command, terms: VerbTerms): void {
  const does = doing(program, terms)
  const schedule = verb(program, 'schedule', 'when nights are begun')
  verb(schedule, 'list', 'the next nights, and what becomes of missed ones').action(() =>
    does('schedule list', async office => (await import('../cli/schedule.ts')).scheduleList(office)),
  )
  verb(schedule, 'pause', 'begin no night; what works goes on')
    .option('--why <text>', 'for whoever comes next', '')
    .action((options: PauseOptions) =>
      does('schedule pause', async office => (await import('../cli/schedule.ts')).schedulePause(office, options)),
    )
  verb(schedule, 'resume', 'begin nights again').action(() =>
    does('schedule resume', async office => (await import('../cli/schedule.ts')).scheduleResume(office)),
  )
}
