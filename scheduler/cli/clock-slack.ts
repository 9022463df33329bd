/** Clocks that differ by less do no harm, in milliseconds. */
export const slackMs = 5_000
