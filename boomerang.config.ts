import { defineProject } from './scheduler/project.ts'

const sandbox = (key: string): string => `file:.boomerang/sandbox/sandbox.json#${key}`

const north = {
  brand: 'Nordlicht',
  region: 'EU',
  currency: 'EUR',
  timeZone: 'Europe/Berlin',
  since: '2026-04-01T00:00:00Z',
}
const south = {
  brand: 'Sundown',
  region: 'US',
  currency: 'USD',
  timeZone: 'America/New_York',
  since: '2026-04-01T00:00:00Z',
}

const shop = (name: string) => ({
  system: 'shopify',
  endpoint: sandbox(`storefronts.${name}.url`),
  account: sandbox(`storefronts.${name}.shopId`),
  secrets: {
    token: sandbox(`storefronts.${name}.token`),
    webhook: sandbox(`storefronts.${name}.webhookSecret`),
  },
})
const crm = (name: string) => ({
  system: 'hubspot',
  endpoint: sandbox(`crm.${name}.url`),
  account: sandbox(`crm.${name}.portalId`),
  secrets: { token: sandbox(`crm.${name}.token`) },
})
const drop = (system: string, name: string) => ({ system, endpoint: sandbox(`${system}.${name}`), account: name })

/** The demo: two brands on a simulated outside world, one night a day. */
export const config = defineProject({
  schedule: { cron: '0 2 * * *', timeZone: 'UTC' },
  connections: {
    north: { ...north, ...shop('north') },
    south: { ...south, ...shop('south') },
    'erp-north': { ...north, ...drop('erp', 'north') },
    'erp-south': { ...south, ...drop('erp', 'south') },
    'wms-north': { ...north, ...drop('wms', 'north') },
    'wms-south': { ...south, ...drop('wms', 'south') },
    'crm-north': { ...north, ...crm('north') },
    'crm-south': { ...south, ...crm('south') },
  },
  environments: {
    sandbox: {
      delivers: true,
      warehouse: { kind: 'duckdb', path: '.boomerang/warehouse.duckdb', threads: 1 },
      landing: '.boomerang/landing',
      state: '.boomerang/state.sqlite',
      clock: sandbox('now'),
    },
  },
})
