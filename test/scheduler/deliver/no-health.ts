import type { Health } from '../../../scheduler/deliver/away.ts'

/** For tests in which nobody asks how Redis is. */
export const noHealth: Health = { isAsked: () => false, trouble: () => undefined, well: () => undefined }
