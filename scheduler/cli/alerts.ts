import type { Environment } from '../../contracts/connection.ts'
import type { Catalogue } from '../../jobs/job.ts'
import type { Alert, Mute } from '../alerts/alert.ts'
import { mutesOf, noticesOf, openAlerts } from '../alerts/book.ts'
import { isMuted } from '../alerts/decide.ts'
import { acknowledge, mute, thisPerson, unmute } from '../alerts/hand.ts'
import { type Message, moneyText } from '../alerts/message.ts'
import type { NoticeRow } from '../alerts/owed.ts'
import { instantAt } from '../alerts/standing.ts'
import { sendToAll } from '../alerts/tell.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import type { State } from '../state/state.ts'
import { durationOf } from './duration.ts'
import { checkNamed } from './named.ts'
import { counted, minute, minuteOf, table } from './table.ts'

export interface AckOptions {
  readonly why: string
}
export interface MuteOptions extends AckOptions {
  readonly for: string
}

/** What is open, who was told of it, who works on it, and what is muted: from the state store alone. */
export async function alerts({ state, environment }: Office): Promise<number> {
  const now = await state.now()
  const open = await openAlerts(state.read)
  const mutes = (await mutesOf(state.read)).filter(({ until }) => until > now)
  const notices = Map.groupBy(await noticesOf(state.read, open), ({ alert }) => alert)
  const rows = open.map(alert => {
    const { id, trouble } = alert
    const standing =
      isMuted(alert, mutes, now) && alert.acked === undefined ? 'muted' : toldText(alert, notices.get(id) ?? [])
    return [id, trouble.risk, minute(trouble.since), standing, trouble.owner ?? '', trouble.what]
  })
  const lines = table([['id', 'risk', 'since', 'state', 'owner', 'what'], ...rows]).split('\n')
  const [head = '', ...told] = lines
  say(
    [
      ...(open.length === 0 ? ['Nothing is wrong that anybody would be told of.'] : [head]),
      ...told.flatMap((line, n) => [line, ...moreOf(open[n] as Alert, notices.get(open[n]?.id ?? '') ?? [])]),
      ...mutes.map(mutedText),
      ...((environment.alerts ?? []).length === 0
        ? ['Nobody is told: the environment has no routes (`alerts` in boomerang.config.ts).']
        : []),
    ].join('\n'),
  )
  return exitCodes.ok.code
}

function moreOf({ trouble: { where, atRisk, next }, acked }: Alert, notices: readonly NoticeRow[]): readonly string[] {
  const money = moneyText(atRisk)
  const untold = notices.filter(({ state, why }) => state !== 'sent' && why !== null)
  return [
    `          where  ${where}`,
    ...(money === '' ? [] : [`          risk   ${money}`]),
    ...(acked === undefined ? [] : [`          acked  ${minuteOf(acked.at)}Z by ${acked.who}${because(acked.why)}`]),
    ...untold.map(({ route, why }) => `          untold ${route}: ${why}`),
    `          next   ${next}`,
  ]
}

const because = (why: string): string => (why === '' ? '' : `: ${why}`)

function toldText({ acked }: Alert, notices: readonly NoticeRow[]): string {
  if (acked !== undefined) return 'acknowledged'
  if (notices.length === 0) return 'open'
  const routes = Map.groupBy(notices, ({ route }) => route)
  const told = [...routes.values()].filter(all => all.some(({ sent_at }) => sent_at !== null)).length
  return `told ${told} of ${routes.size}`
}

const mutedText = ({ name, until, who, at, why }: Mute): string =>
  `Muted: ${name} until ${minuteOf(until)}Z, since ${minuteOf(at)}Z by ${who}${because(why)}.`

export async function alertsAck({ state, outside }: Office, named: string, { why }: AckOptions): Promise<number> {
  const { id, trouble, acked } = await acknowledge(state, named, why)
  outside.logs.to('alerts')('acknowledged', { alert: id, who: acked?.who ?? '', why })
  say(`${id} is yours: ${trouble.what}. Nobody is reminded of it; that it is over will be told.`)
  return exitCodes.ok.code
}

export async function alertsMute(
  office: Office,
  catalogue: Catalogue,
  { name, for: time, why }: MuteOptions & { readonly name: string },
): Promise<number> {
  const { state, environment, outside } = office
  const known = await mutable(state, environment, catalogue)
  checkNamed(mutableThing, name, known)
  const muted = await mute(state, { name, forMs: durationOf('--for', time), why })
  outside.logs.to('alerts')('muted', { ...muted })
  say(mutedText(muted))
  return exitCodes.ok.code
}

const mutableThing = 'open alert, pipeline, connection or check'

/** The ids of what is open and what it is about, and whatever may be in trouble one day. */
async function mutable(
  { read }: State,
  { connections }: Environment,
  catalogue: Catalogue,
): Promise<readonly string[]> {
  const open = await openAlerts(read)
  return [
    ...connections.map(({ name }) => name),
    ...catalogue.sources.flatMap(({ objects }) => objects.map(({ name }) => name)),
    ...catalogue.checks.map(({ name }) => name),
    ...open.flatMap(({ id, trouble }) => [id, ...trouble.parts.flat()]),
    'planner',
    'redis',
  ]
}

/** What is muted is told of again; a Fault where nothing is called so. */
export async function alertsUnmute(office: Office, catalogue: Catalogue, name: string): Promise<number> {
  const { state, environment, outside } = office
  const muted = (await mutesOf(state.read)).map(each => each.name)
  checkNamed(mutableThing, name, [...(await mutable(state, environment, catalogue)), ...muted])
  const was = await unmute(state, name)
  if (was) outside.logs.to('alerts')('unmuted', { name, who: thisPerson() })
  say(was ? `${name} is told of again.` : `${name} was not muted.`)
  return exitCodes.ok.code
}

/** Sends a message that says that it is none, and tells for each route whether it was taken. */
export async function alertsTest(office: Office): Promise<number> {
  const now = await office.state.now()
  const told = await sendToAll(office, testMessage(office.environment.name, now))
  if (told.length === 0) say('There is no route to test: the environment has no `alerts` in boomerang.config.ts.')
  else
    say(
      table(
        told.map(([route, fault]) => [
          fault ? 'fail' : 'ok',
          route,
          fault ? `${fault.what}. Next: ${fault.hint}` : 'taken',
        ]),
      ),
    )
  const failed = told.filter(([, fault]) => fault !== undefined).length
  if (failed > 0) say(`${counted(failed, 'route')} did not take it.`)
  return failed > 0 ? exitCodes.failed.code : exitCodes.ok.code
}

const testMessage = (environment: string, now: number): Message => ({
  id: 'test',
  once: `test-${now}`,
  state: 'opened',
  reminder: 0,
  environment,
  kind: 'test',
  risk: 'analytical',
  owner: undefined,
  what: 'this is a test, nothing is wrong',
  where: 'boomerang alerts test',
  since: instantAt(now),
  openedAt: instantAt(now),
  recoveredAt: undefined,
  counts: {},
  atRisk: {},
  hint: '',
  next: 'npx boomerang alerts',
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)
