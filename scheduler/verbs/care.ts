import type { Command } from 'commander'
import type { RestoreOptions, UpgradeOptions } from '../cli/backup.ts'
import { atSite, inOffice, type VerbTerms, verb } from './verb.ts'

/** Loads of a night follow each other closely: a copy waits for its turn among them, in milliseconds. */
const betweenSteps = 15 * 60_000

/** What keeps a house for years. */
export function addCare(program: Command, terms: VerbTerms): void {
  verb(program, 'backup <folder>', 'copy the state store and the warehouse, as they are in one moment').action(
    (folder: string) =>
      inOffice(program, { ...terms, command: 'backup', patience: betweenSteps }, async office =>
        (await import('../cli/backup.ts')).backup(office, folder),
      ),
  )
  verb(program, 'restore <folder>', 'put a backup in the place of what stands')
    .option('--replace', 'move aside what stands; nothing is deleted', false)
    .action((folder: string, options: RestoreOptions) =>
      atSite(program, { ...terms, command: 'restore' }, async site =>
        (await import('../cli/backup.ts')).restore(site, folder, options),
      ),
    )
  verb(program, 'rebuild', 'make a new state store where the old one is lost, from what the warehouse knows').action(
    () =>
      atSite(program, { ...terms, command: 'rebuild' }, async site =>
        (await import('../cli/rebuild.ts')).rebuild(site),
      ),
  )
  verb(program, 'upgrade', 'bring the state store of an older boomerang up to date, after a backup')
    .option('--plan', 'say what would be changed, and do nothing', false)
    .action((options: UpgradeOptions) =>
      inOffice(program, { ...terms, command: 'upgrade', older: 'leave' }, async office =>
        (await import('../cli/backup.ts')).upgrade(office, options),
      ),
    )
}
