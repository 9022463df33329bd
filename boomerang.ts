import { join } from 'node:path'
import { main } from './scheduler/main.ts'

/** This checkout is itself a project: here it says where it lies, what it has, and that it brings its own outside world. */
export const boomerang = (argv: readonly string[]): Promise<number> =>
  main({
    root: process.env.BOOMERANG_ROOT ?? import.meta.dirname,
    catalogue: async () => (await import('./jobs/catalogue.ts')).catalogue,
    argv,
    extend: async (program, { root }) => {
      const { addSandboxCommand } = await import('./sandbox/command.ts')
      addSandboxCommand(program, { dir: join(root, '.boomerang', 'sandbox') })
    },
  })
