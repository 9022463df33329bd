import { headerSchema } from '../../../models/compiler/header.ts'
import { exitCodes } from '../../exit-codes.ts'
import { say } from './check.ts'

/** Prints the JSON Schema of a model's header. */
export async function modelSchema(): Promise<number> {
  say(JSON.stringify(headerSchema(), null, 2))
  return exitCodes.ok.code
}
