import { setFlagsFromString } from 'node:v8'

/**
 * The SQL parser is a program of some megabytes, and reads some dozens of short texts. V8 would begin to optimise it at the first of
 * them, at more cost than all the reading: it shall do so only for what runs fifteen times as long.
 */
setFlagsFromString('--wasm-tiering-budget=200000000')
