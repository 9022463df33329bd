/** How a system tells of its events by itself: what of a request says that it is genuine, and what it tells. */
export interface Hooks {
  /** True where the body was signed with the secret; takes as long for a wrong signature as for the right one. */
  genuine(request: HookRequest, secret: string): boolean
  /** What it tells; undefined where the request lacks what every event has. */
  read(request: HookRequest): HookEvent | undefined
  /** What an extract may be waiting for, of which the event tells that it has come: it is woken. */
  wakes?(event: HookEvent): string | undefined
}

export interface HookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As it came, byte for byte: a signature is over these. */
  readonly body: Buffer
}

export interface HookEvent {
  /** The same for every delivery of one event. */
  readonly id: string
  readonly topic: string
  /** The global id of what it is about; null where it names none. */
  readonly subject: string | null
  /** UTC instant; null where the system does not say. */
  readonly emittedAt: string | null
}

/** One delivery, as it is spooled: one line, its payload as it was delivered. */
export interface Delivered extends HookEvent {
  readonly receivedAt: string
  readonly attempts: number
}
