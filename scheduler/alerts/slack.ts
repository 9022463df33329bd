import { factsOf, type Message, nextOf, subjectOf } from './message.ts'
import { posted, refused, type Way } from './way.ts'

/** https://docs.slack.dev/reference/block-kit/blocks/section-block */
const sectionLimit = 3_000

/**
 * An incoming webhook. Slack says `ok` where it took the message, whatever the status; a status of 429 says when to come back.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export const slack: Way = async (to, message) => {
  const { status, text, waitMs } = await posted(to, slackBody(message))
  if (status === 200 && text.trim() === 'ok') return
  throw refused(to.route, `Slack answered ${status}: ${text === '' ? 'nothing' : text}`, {
    hint:
      status === 429
        ? 'Slack asks to be left alone for a while; it is sent then.'
        : 'See that the webhook still stands and its channel is not archived; make a new one otherwise.',
    waitMs,
  })
}

/** `text` is what notifications show, the blocks what the channel shows. */
export function slackBody(message: Message): object {
  const subject = clipped(escaped(subjectOf(message)))
  const facts = factsOf(message).map(([word, text]) => `*${word}*  ${escaped(text)}`)
  const next = nextOf(message)
  return {
    text: subject,
    blocks: [
      section(`*${subject}*`),
      section(clipped(facts.join('\n'))),
      ...(next === '' ? [] : [section(clipped(`\`${escaped(next)}\``))]),
    ],
  }
}

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })

/** The three signs that mean something to Slack: nothing that is told can call a channel or pose as a link. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** No longer than a section may be, and not through the middle of an escaped sign. */
const clipped = (text: string): string =>
  text.length <= sectionLimit - 2 ? text : `${text.slice(0, sectionLimit - 3).replace(/&[a-z]{0,3}$/, '')}…`
