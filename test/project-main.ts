import { main } from '../scheduler/main.ts'
import { onProject } from './on-project.ts'

const [root = '', ...argv] = process.argv.slice(2)
process.exitCode = await main(onProject(root, argv))
