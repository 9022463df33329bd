import { openSpool } from '../../jobs/spool.ts'

// Appends lines of the given lengths one after the other, says of each whether it is kept, and seals.
const [folder = '', ...lengths] = process.argv.slice(2)
const spool = await openSpool(folder, () => new Date('2026-06-30T03:00:00.123Z'))
const kept: boolean[] = []
for (const [at, length] of lengths.entries())
  kept.push(
    await spool.append(JSON.stringify({ at, x: 'y'.repeat(Number(length)) })).then(
      () => true,
      () => false,
    ),
  )
await spool.seal()
process.stdout.write(JSON.stringify(kept))
