import { layersOf } from './docs-graph.ts'

/** A model as the page tells of it. */
export interface DocModel {
  readonly relation: string
  readonly kind: string
  readonly doc: string
  readonly owner?: string | undefined
  readonly tags: readonly string[]
  readonly file: string
  readonly sql: string
  readonly key: readonly string[]
  readonly columns: readonly DocColumn[]
  readonly audits: readonly string[]
  readonly tests: readonly string[]
  readonly reads: readonly string[]
  readonly readers: readonly string[]
  /** When it was last published, and with how many rows; undefined where nothing is known of that. */
  readonly published?: { readonly at: string; readonly rows: string | null } | undefined
}

export interface DocColumn {
  readonly name: string
  readonly type: string
  readonly doc: string
  readonly promises: readonly string[]
  readonly from: readonly string[]
}

export interface DocPage {
  readonly title: string
  readonly at: string
  readonly models: readonly DocModel[]
  readonly exposures: readonly {
    readonly name: string
    readonly owner: string
    readonly url?: string | undefined
    readonly reads: readonly string[]
  }[]
}

/** One page that needs nothing else: no server, no network, no other file. */
export const docsPage = (page: DocPage): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(page.title)}</title><style>${style}</style></head>
<body>
<header><h1>${text(page.title)}</h1><p>${page.models.length} models, as of ${text(page.at)}.</p>
<input type="search" placeholder="Search models, columns, owners, tags, SQL" aria-label="Search" autofocus><p id="none" hidden>Nothing is found.</p></header>
<nav>${page.models.map(({ relation }) => link(relation)).join('')}</nav>
<main>
<section id="lineage" class="graph">${graph(page.models)}</section>
${page.models.map(article).join('\n')}
${page.exposures.map(exposure).join('\n')}
</main>
<script>${script}</script>
</body></html>
`

const text = (raw: string): string => raw.replaceAll(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
const anchor = (relation: string): string => `m-${relation.replaceAll(/[^\w]/g, '-')}`
const link = (relation: string): string => `<a href="#${anchor(relation)}">${text(relation)}</a>`

function article(model: DocModel): string {
  const words = [
    model.relation,
    model.doc,
    model.owner ?? '',
    ...model.tags,
    model.sql,
    ...model.columns.flatMap(({ name, doc }) => [name, doc]),
  ]
  return `<article id="${anchor(model.relation)}" data-words="${text(words.join(' ').toLowerCase())}">
<h2>${text(model.relation)}</h2>
<p class="facts">${facts(model).map(text).join(' · ')}</p>
<p>${text(model.doc)}</p>
${related('Reads', model.reads)}${related('Read by', model.readers)}
<table><thead><tr><th>Column</th><th>Type</th><th>What it is</th><th>Promises</th><th>Made of</th></tr></thead><tbody>
${model.columns.map(row).join('\n')}
</tbody></table>
${list('Every row satisfies', model.audits)}${list('Unit tests', model.tests)}
<details><summary>SQL, ${text(model.file)}</summary><pre>${text(model.sql)}</pre></details>
</article>`
}

const facts = ({ kind, owner, tags, key, published }: DocModel): readonly string[] => [
  kind,
  ...(owner === undefined ? [] : [`owner ${owner}`]),
  ...(key.length === 0 ? [] : [`one row a ${key.join(', ')}`]),
  ...tags,
  published === undefined
    ? 'never published here'
    : `published ${published.at}${published.rows === null ? '' : `, ${published.rows} rows`}`,
]

const row = ({ name, type, doc, promises, from }: DocColumn): string =>
  `<tr><td><code>${text(name)}</code></td><td>${text(type)}</td><td>${text(doc)}</td><td>${promises.map(text).join('<br>')}</td><td>${from.map(text).join('<br>')}</td></tr>`

const related = (title: string, relations: readonly string[]): string =>
  relations.length === 0
    ? ''
    : `<p>${title} ${relations.map(each => (each.includes('.') ? link(each) : text(each))).join(', ')}.</p>\n`

const list = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : `<h3>${title}</h3><ul>${items.map(item => `<li>${text(item)}</li>`).join('')}</ul>\n`

const exposure = ({ name, owner, url, reads }: DocPage['exposures'][number]): string =>
  `<article data-words="${text(`${name} ${owner} ${reads.join(' ')}`.toLowerCase())}"><h2>${text(name)}</h2><p class="facts">dashboard · owner ${text(owner)}</p>
<p>Reads ${reads.map(read => link(read.split('.').slice(0, 2).join('.'))).join(', ')}.${url === undefined ? '' : ` <a href="${text(url)}">${text(url)}</a>`}</p></article>`

const box = { width: 190, height: 26, across: 250, down: 38 }

/** The models from left to right: each stands behind all that it reads. */
function graph(models: readonly DocModel[]): string {
  const places = new Map(
    layersOf(models).flatMap((layer, x) =>
      layer.map((relation, y) => [relation, { x: 10 + x * box.across, y: 10 + y * box.down }] as const),
    ),
  )
  const at = [...places.values()]
  const [width, height] = [
    Math.max(0, ...at.map(({ x }) => x)) + box.width + 10,
    Math.max(0, ...at.map(({ y }) => y)) + box.height + 10,
  ]
  const edges = models.flatMap(({ relation, reads }) =>
    reads.flatMap(read => edge(places.get(read), places.get(relation))),
  )
  const nodes = [...places].map(
    ([relation, { x, y }]) =>
      `<a href="#${anchor(relation)}"><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="4"/><text x="${x + 8}" y="${y + 17}">${text(relation)}</text></a>`,
  )
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Lineage">${edges.join('')}${nodes.join('')}</svg>`
}

interface Place {
  readonly x: number
  readonly y: number
}

function edge(from: Place | undefined, to: Place | undefined): readonly string[] {
  if (from === undefined || to === undefined) return []
  const [x1, y1, x2, y2] = [from.x + box.width, from.y + box.height / 2, to.x, to.y + box.height / 2]
  const bend = (x2 - x1) / 2
  return [`<path d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`]
}

const style = `:root{color-scheme:light dark;--line:#8885;--soft:#8882}body{font:15px/1.5 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:17rem minmax(0,1fr)}
header{grid-column:1/-1;padding:1rem 1.5rem;border-bottom:1px solid var(--line)}h1{font-size:1.3rem;margin:0}header p{margin:.2rem 0}input{font:inherit;padding:.4rem .6rem;width:min(34rem,100%)}
nav{padding:1rem 1.5rem;display:flex;flex-direction:column;gap:.15rem;position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto}a{color:inherit}
main{padding:1rem 1.5rem;min-width:0}article{border-top:1px solid var(--line);padding:1rem 0}h2{font-size:1.1rem;margin:0}.facts{opacity:.7;margin:.1rem 0 .6rem}
table{border-collapse:collapse;width:100%;font-size:.92em}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--soft)}
pre{overflow:auto;background:var(--soft);padding:.8rem}.graph{overflow:auto}svg rect{fill:var(--soft);stroke:var(--line)}svg text{font:13px system-ui,sans-serif;fill:currentColor}svg path{fill:none;stroke:var(--line)}
@media(max-width:50rem){body{display:block}nav{position:static;max-height:12rem}}`

/** Hides what does not hold every word of the search. */
const script = `const search=document.querySelector('input'),all=[...document.querySelectorAll('[data-words]')]
search.addEventListener('input',()=>{const words=search.value.toLowerCase().split(/\\s+/).filter(Boolean)
for(const each of all)each.hidden=!words.every(word=>each.dataset.words.includes(word))
for(const to of document.querySelectorAll('nav a'))to.hidden=document.querySelector(to.hash)?.hidden===true
document.querySelector('#lineage').hidden=words.length>0;document.querySelector('#none').hidden=all.some(each=>!each.hidden)})`
