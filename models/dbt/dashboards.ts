import { exposuresFile } from '../compiler/exposures.ts'
import type { Import } from './import.ts'
import type { Left } from './left.ts'
import { pathOf } from './manifest.ts'
import { lineIn } from './places.ts'
import { yamlOf } from './text.ts'

export interface Dashboards {
  readonly text: string | undefined
  readonly left: readonly Left[]
}

/** The exposures of dbt as dashboards that read relations of this project: those of `written`, and what stood before. */
export function dashboardsOf(imported: Import, written: ReadonlySet<string>): Dashboards {
  const { manifest, names, files } = imported
  const lines: string[] = []
  const left: Left[] = []
  for (const { name, label, url, owner, description, depends_on, ...own } of Object.values(manifest.exposures)) {
    const file = pathOf(manifest, own.package_name, own.original_file_path)
    const place = { of: undefined, file, line: lineIn(files.get(file), { section: 'exposures', name }) }
    const all = depends_on.nodes.flatMap(id => names.of(id) ?? [])
    const reads = all.filter(relation => written.has(relation))
    const called = owner.name ?? owner.email?.[0]
    const todo = `Write it into ${exposuresFile}: { name, owner, reads }.`
    if (reads.length === 0 || called === undefined) {
      const why = called === undefined ? 'nobody owns it' : 'nothing that it reads was carried'
      left.push({ ...place, what: `the exposure ${name} is not carried: ${why}`, todo })
      continue
    }
    if (reads.length < depends_on.nodes.length)
      left.push({
        ...place,
        what: `the exposure ${name} reads more than was carried`,
        todo: `Complete its reads in ${exposuresFile}.`,
      })
    const doc = description?.trim() === '' ? undefined : description?.trim()
    const address = url != null && URL.canParse(url) ? url : undefined
    const said = { name: label ?? name, owner: called, url: address, doc, reads }
    lines.push(`- ${yamlOf(Object.fromEntries(Object.entries(said).filter(([, value]) => value != null)))}\n`)
  }
  return { text: lines.length === 0 ? undefined : lines.join(''), left }
}
