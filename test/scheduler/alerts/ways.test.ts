import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../../contracts/fault.ts'
import { mail } from '../../../scheduler/alerts/mail.ts'
import type { Message } from '../../../scheduler/alerts/message.ts'
import { slack, slackBody } from '../../../scheduler/alerts/slack.ts'
import type { Addressed, Way } from '../../../scheduler/alerts/way.ts'
import { webhook } from '../../../scheduler/alerts/webhook.ts'
import { type FakeMail, type FakePlace, fakeMail, fakePlace } from './places.ts'

const message: Message = {
  id: '3f2a9c1e',
  once: '3f2a9c1e-opened-0',
  state: 'opened',
  reminder: 0,
  environment: 'live',
  kind: 'findings',
  risk: 'financial',
  owner: 'finance',
  what: 'invoices on north found 3 missing_in_erp',
  where: 'reconcile invoices north, run 2026-06-30-49f5a1e0',
  since: '2026-06-30T02:12:00.000000Z',
  openedAt: '2026-06-30T02:13:00.000000Z',
  recoveredAt: undefined,
  counts: { findings: 3, fresh: 1 },
  atRisk: { EUR: '1724.2', USD: '311', BHD: '0.1250' },
  hint: '',
  next: 'npx boomerang findings --check invoices --connection north',
}
const recovered: Message = {
  ...message,
  once: '3f2a9c1e-recovered-0',
  state: 'recovered',
  recoveredAt: '2026-07-01T02:12:00.000000Z',
}

const to = (more: Partial<Addressed> & Pick<Addressed, 'address'>): Addressed => ({
  route: { to: 'webhook', address: 'env:PLACE' },
  password: undefined,
  fetch,
  signal: new AbortController().signal,
  patienceMs: 300,
  ...more,
})

const faultOf = async (way: Way, place: Addressed): Promise<Fault | undefined> =>
  way(place, message).then(
    () => undefined,
    (error: Fault) => error,
  )

let place: FakePlace
beforeEach(async () => {
  place = await fakePlace()
})
afterEach(() => place.close())

describe('Slack', () => {
  test('is sent one text for the notification, and sections for the channel', async () => {
    await slack(to({ address: `${place.url}/services/T0/B0/x` }), message)
    expect(place.taken[0]?.body).toEqual({
      text: '[boomerang live] financial: invoices on north found 3 missing_in_erp',
      blocks: [
        section('*[boomerang live] financial: invoices on north found 3 missing_in_erp*'),
        section(
          [
            '*where*  reconcile invoices north, run 2026-06-30-49f5a1e0',
            '*since*  2026-06-30 02:12Z',
            '*counts*  findings 3, fresh 1',
            '*at risk*  1,724.20 EUR, 311.00 USD, 0.125 BHD',
            '*owner*  finance',
            '*alert*  3f2a9c1e',
          ].join('\n'),
        ),
        section('`npx boomerang findings --check invoices --connection north`'),
      ],
    })
  })

  const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })

  test('is told that something is over without a command', async () => {
    await slack(to({ address: place.url }), recovered)
    expect(JSON.stringify(place.taken[0]?.body)).toContain('recovered: invoices on north')
    expect(JSON.stringify(place.taken[0]?.body)).not.toContain('npx')
  })

  test('is not sent a sign that was cut in two', () => {
    for (let first = 0; first < 6; first += 1) {
      const { text } = slackBody({ ...message, what: 'a'.repeat(first) + '&'.repeat(3_000) }) as SlackBody
      expect(text).toMatch(/^[^&]*(&amp;)+…$/)
    }
  })

  test('takes no more than its limits, and nothing that is told calls a channel or breaks a sign', () => {
    const text = fc.string({ unit: fc.constantFrom('&', '<', '>', '!channel', 'a', '`', '*', 'ü'), maxLength: 5_000 })
    fc.assert(
      fc.property(text, text, (what, where) => {
        const { blocks, text: head } = slackBody({ ...message, what, where, hint: what }) as SlackBody
        expect(blocks.length).toBeLessThanOrEqual(50)
        for (const words of [head, ...blocks.map(block => block.text.text)]) {
          expect(words.length).toBeGreaterThan(0)
          expect(words.length).toBeLessThanOrEqual(3_000)
          expect(words).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/)
        }
      }),
    )
  })

  interface SlackBody {
    readonly text: string
    readonly blocks: readonly { readonly text: { readonly text: string } }[]
  }

  test.each([
    [
      'a status of 200 with other words than ok',
      { status: 200, body: 'invalid_payload' },
      'Slack answered 200: invalid_payload',
      undefined,
    ],
    [
      'an archived channel',
      { status: 410, body: 'channel_is_archived' },
      'Slack answered 410: channel_is_archived',
      undefined,
    ],
    [
      'a wish to be left alone',
      { status: 429, headers: { 'retry-after': '30' }, body: '' },
      'Slack answered 429: nothing',
      30_000,
    ],
  ])('%s is a failure', async (_, answer, what, waitMs) => {
    place.answers(answer)
    expect(await faultOf(slack, to({ address: place.url }))).toMatchObject({ what, where: 'webhook env:PLACE', waitMs })
  })

  test('that hangs is given up', async () => {
    place.answers('nothing')
    expect(await faultOf(slack, to({ address: place.url }))).toMatchObject({
      what: 'no answer came within 0.3 seconds',
    })
  })

  test('that sends elsewhere is not followed: the other place could be anybody', async () => {
    const other = await fakePlace()
    place.answers({ status: 307, headers: { location: other.url } })
    expect(await faultOf(slack, to({ address: place.url }))).toMatchObject({ what: 'Slack answered 307: ok' })
    expect(other.taken).toEqual([])
    await other.close()
  })
})

describe('a webhook', () => {
  test('is sent the JSON that the page promises, under a key that stays the same', async () => {
    await webhook(to({ address: place.url }), message)
    await webhook(to({ address: place.url }), recovered)
    expect(place.taken[0]?.body).toEqual({
      version: 1,
      id: '3f2a9c1e',
      state: 'opened',
      reminder: 0,
      environment: 'live',
      kind: 'findings',
      risk: 'financial',
      owner: 'finance',
      what: 'invoices on north found 3 missing_in_erp',
      where: 'reconcile invoices north, run 2026-06-30-49f5a1e0',
      since: '2026-06-30T02:12:00.000000Z',
      openedAt: '2026-06-30T02:13:00.000000Z',
      recoveredAt: null,
      counts: { findings: 3, fresh: 1 },
      atRisk: { EUR: '1724.20', USD: '311.00', BHD: '0.125' },
      hint: '',
      next: 'npx boomerang findings --check invoices --connection north',
    })
    expect(place.taken[1]?.body).toMatchObject({ state: 'recovered', recoveredAt: '2026-07-01T02:12:00.000000Z' })
    expect(place.taken.map(({ headers }) => headers['idempotency-key'])).toEqual([
      '3f2a9c1e-opened-0',
      '3f2a9c1e-recovered-0',
    ])
  })

  test('takes by any status from 200 to 299, and by no other', async () => {
    place.answers(
      { status: 204, body: '' },
      { status: 302 },
      { status: 503, headers: { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' } },
    )
    expect(await faultOf(webhook, to({ address: place.url }))).toBeUndefined()
    expect(await faultOf(webhook, to({ address: place.url }))).toMatchObject({ what: 'the webhook answered 302' })
    expect((await faultOf(webhook, to({ address: place.url })))?.waitMs).toBeGreaterThan(365 * 24 * 60 * 60_000)
  })
})

describe('mail', () => {
  let server: FakeMail | undefined
  let folder: string
  let silent: Server | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'boomerang-mail-'))
  })
  afterEach(async () => {
    await server?.close()
    silent?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const route = {
    to: 'mail',
    address: 'env:MAIL',
    sender: 'data@example.com',
    recipients: ['a@example.com', 'b@example.com'],
  } as const
  const mailTo = (address: string, password?: string): Addressed => to({ route, address, password, patienceMs: 2_000 })
  const certificate = () => {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        'key.pem',
        '-out',
        'cert.pem',
      ],
      { cwd: folder, stdio: 'ignore' },
    )
    return { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem'), 'utf8') }
  }

  test('is plain text whose subject says it all, under an id that stays the same', async () => {
    server = await fakeMail()
    await mail(mailTo(`smtp://127.0.0.1:${server.port}`), { ...message, what: `${message.what}\r\nBcc: c@example.com` })
    const [{ text, to: recipients } = { text: '', to: [] }] = server.taken
    const unfolded = text.replaceAll(/\r\n[ \t]+/g, ' ')
    expect(recipients).toEqual(['a@example.com', 'b@example.com'])
    expect(unfolded).toContain(
      'Subject: [boomerang live] financial: invoices on north found 3 missing_in_erp Bcc: c@example.com\r\n',
    )
    expect(unfolded).toContain('Message-ID: <3f2a9c1e-opened-0@example.com>')
    expect(unfolded).toContain('Content-Type: text/plain')
    expect(text).not.toContain('<html')
    expect(text).toContain('next     npx boomerang findings --check invoices --connection north')
    expect(text).toContain('at risk  1,724.20 EUR')
  })

  test('speaks no password where the server speaks no TLS', async () => {
    server = await fakeMail()
    const fault = await faultOf(mail, mailTo(`smtp://alerts@127.0.0.1:${server.port}`, 'right-password'))
    expect(fault?.what).toMatch(/^the mail was not taken \(ETLS/)
    expect(server.taken).toEqual([])
  })

  test('speaks its password behind a certificate that this machine trusts, and behind no other', async () => {
    const { key, cert } = certificate()
    server = await fakeMail({ key, cert, secure: true })
    const address = `smtps://alerts@localhost:${server.port}`
    expect((await faultOf(mail, mailTo(address, 'right-password')))?.what).toMatch(/SELF_SIGNED|ESOCKET|ETLS/)
    expect(server.taken).toEqual([])
    const before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, cert])
    try {
      await mail(mailTo(address, 'right-password'), message)
      expect(server.taken.map(({ user }) => user)).toEqual(['alerts'])
      expect(await faultOf(mail, mailTo(address, 'wrong-password'))).toMatchObject({
        what: 'the mail was not taken (EAUTH, 535)',
        hint: expect.stringContaining('password'),
      })
    } finally {
      tls.setDefaultCACertificates(before)
    }
  })

  test('to a server that hangs is given up', async () => {
    const listener = createServer()
    silent = listener
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
    const { port } = listener.address() as AddressInfo
    const fault = await faultOf(mail, { ...mailTo(`smtp://127.0.0.1:${port}`), patienceMs: 200 })
    expect(fault?.what).toMatch(/^the mail was not taken/)
  })
})
