import type { ProjectTerms } from '../scheduler/terms.ts'

/**
 * The environment that `compose.yaml` and `boomerang.service` run: several processes, one house. Put it into `environments` of
 * `boomerang.config.ts` with the connections of your shops, and say that it, and no other, delivers.
 */
export const production: ProjectTerms['environments'][string] = {
  delivers: false,
  warehouse: { kind: 'duckdb', path: '.boomerang/warehouse.duckdb', memory: '2GB' },
  landing: '.boomerang/landing',
  state: { address: 'env:STATE_URL', password: 'env:STATE_PASSWORD' },
  redis: { address: 'env:REDIS_URL' },
}
