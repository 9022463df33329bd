import type { Command } from 'commander'
import type { AckOptions, MuteOptions } from '../cli/alerts.ts'
import { doing, type VerbTerms, verb } from './verb.ts'

export function addAlerts(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  const alerts = verb(program, 'alerts', 'what is wrong, who was told, and who works on it').action(() =>
    does('alerts', async office => (await import('../cli/alerts.ts')).alerts(office)),
  )
  verb(alerts, 'ack <id>', 'say that you work on it: nobody is reminded of it')
    .option('--why <text>', 'for whoever comes next', '')
    .action((id: string, options: AckOptions) =>
      does('alerts ack', async office => (await import('../cli/alerts.ts')).alertsAck(office, id, options)),
    )
  verb(alerts, 'mute <name>', 'tell nobody for a while; an id, or a pipeline, a connection or a check')
    .requiredOption('--for <time>', 'such as 30m, 2h or 3d')
    .option('--why <text>', 'for whoever comes next', '')
    .action((name: string, options: MuteOptions) =>
      does('alerts mute', async office =>
        (await import('../cli/alerts.ts')).alertsMute(office, await catalogue(), { name, ...options }),
      ),
    )
  verb(alerts, 'unmute <name>', 'tell again').action((name: string) =>
    does('alerts unmute', async office =>
      (await import('../cli/alerts.ts')).alertsUnmute(office, await catalogue(), name),
    ),
  )
  verb(alerts, 'test', 'send a message to every route, and say which took it').action(() =>
    does('alerts test', async office => (await import('../cli/alerts.ts')).alertsTest(office)),
  )
}
