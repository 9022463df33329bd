import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take long, most of it waiting for processes of their own: what begins last must not be one of them. */
const long = [
  'test/up.test.ts',
  'test/workers.test.ts',
  'test/scheduler/alerts/commands.test.ts',
  'test/scheduler/worker.test.ts',
  'test/night.test.ts',
  'test/chaos/postgres.test.ts',
  'test/chaos/redis.test.ts',
  'test/scheduler/main.test.ts',
  'test/kill.test.ts',
  'test/jobs/sources/shopify/events.test.ts',
  'test/scheduler/alerts/look.test.ts',
  'test/jobs/sources/netsuite.test.ts',
]

/** Begins with the files that take long, wherever they were never run before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex(file => moduleId.endsWith(file))
      return at < 0 ? long.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}
