import { main } from '../../../scheduler/main.ts'
import { loadingCatalogue } from './catalogue.ts'

const [root = '', ...argv] = process.argv.slice(2)

process.exitCode = await main({ root, catalogue: async () => loadingCatalogue, argv })
