import { bulkObject } from '../../../../jobs/sources/shopify/object.ts'
import { bulkObjects } from '../../../../jobs/sources/shopify/shopify.ts'
import { connectionTo } from '../../../sinks/outside.ts'
import { judgeSource } from '../../../suite/source.ts'
import { scriptedShop } from './scripted-shop.ts'

interface Changed {
  readonly line: string
  readonly name: string
  readonly at: string
}

/** Reads the two filters that boomerang writes, as Shopify does: instants exactly, bare days as whole days. */
function matches(query: string, at: string): boolean {
  const terms = [...query.matchAll(/updated_at:(>=|<=|<)'([^']+)'/g)]
  return terms.every(([, comparator, bound = '']) => {
    const value = bound.length === 10 ? at.slice(0, 10) : at
    if (comparator === '>=') return value >= bound
    return comparator === '<=' ? value <= bound : value < bound
  })
}

for (const object of bulkObjects.map(bulkObject))
  judgeSource(object, {
    gives: object.name === 'storefront.orders' || object.name === 'storefront.products' ? 'all since' : 'at least',
    async open() {
      const shop = await scriptedShop()
      const changed: Changed[] = []
      shop.resultOf = query => changed.filter(({ at }) => matches(query, at)).map(({ line }) => line)
      return {
        connection: connectionTo(shop.url),
        async add(at) {
          const name = `gid:\\/\\/shopify\\/Thing\\/${changed.length + 1}`
          changed.push({ name, at, line: `{"id":"${name}","updatedAt":"${at}"}` })
          return name
        },
        namesIn: files =>
          changed.map(({ name }) => name).filter(name => [...files.values()].some(file => file.includes(`"${name}"`))),
        started: () => shop.operations.length,
        close: shop.close,
      }
    },
  })
