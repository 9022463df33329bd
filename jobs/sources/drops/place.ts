/** A place that another system drops files into: a folder, a server, a bucket. Nothing in it is ever moved, changed or deleted. */
export interface Place {
  /** What it is known by: the last part of its path. */
  readonly account: string
  /** How errors name it, or one of its files; never with a secret. */
  readonly where: (name?: string) => string
  /** Files that lie directly in it and whose names are wanted; a Fault where it cannot be read. */
  list(isWanted: (name: string) => boolean): Promise<readonly FoundFile[]>
  /** The file of this name as it is now; undefined where there is none. */
  look(name: string): Promise<FoundFile | undefined>
  /** The bytes of a file from an offset to its end. A Fault says whether the rest may still be had (`retry: now`). */
  open(file: FoundFile, from: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export interface FoundFile {
  readonly name: string
  readonly bytes: number
  /** When it was last changed, in milliseconds since 1970, by the clock of the place. */
  readonly at: number
  /** Another one when the file has been replaced or changed, as far as the place can tell. */
  readonly version: string
}

export const isSame = (a: FoundFile, b: FoundFile | undefined): boolean =>
  a.bytes === b?.bytes && a.version === b.version
