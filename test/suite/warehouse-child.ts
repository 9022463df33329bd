import type { Publication, Unit, Warehouse } from '../../models/warehouse/warehouse.ts'

/**
 * A process of its own, for what only a second process can show: `module export path task`, its work as JSON on the last argument.
 * The tasks that die are killed after their work was done and before anything is closed; `hold` keeps the warehouse open until its
 * standard input ends.
 */
const [module = '', exported = '', path = '', task = '', work = ''] = process.argv.slice(2)
const opener = ((await import(module)) as Readonly<Record<string, (path: string) => Promise<Warehouse>>>)[exported]
if (opener === undefined) throw new Error(`${module} exports no ${exported}`)
const warehouse = await opener(path)

if (task === 'apply-then-die') {
  await warehouse.apply(JSON.parse(work) as Unit)
  process.kill(process.pid, 'SIGKILL')
}
if (task === 'publish-then-die') {
  await warehouse.publish(JSON.parse(work) as Publication)
  process.kill(process.pid, 'SIGKILL')
}
if (task === 'hold') {
  process.stdout.write('held\n')
  process.stdin.resume()
  process.stdin.on('end', () => warehouse.close())
}
