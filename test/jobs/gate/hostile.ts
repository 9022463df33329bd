import fc from 'fast-check'
import { lineRecord, orderRecord } from './orders.ts'

type Plain = { [key: string]: unknown }

/** Values that parsers are known to read differently, as JSON text, to stand in the place of a good one. */
export const hostileTexts: readonly string[] = [
  'null',
  '""',
  '" 12 "',
  '"1_000"',
  '"1e3"',
  '"0x10"',
  '"１２"',
  '"1.005"',
  '"12,50"',
  '"-0"',
  '"-0.0"',
  '"+1"',
  '"01"',
  '".5"',
  '"5."',
  '"0.00001"',
  '"999999999999999999"',
  '"9999999999999999999"',
  '"1234567890123456789.1"',
  '12',
  '12.5',
  '-0',
  '0.1',
  '1e400',
  '-1e400',
  '1E2',
  '12345678901234567.89',
  '123456789012345',
  '1234567890123456',
  '18446744073709551616',
  'true',
  'false',
  '"true"',
  '"TRUE"',
  '"t"',
  'NaN',
  'Infinity',
  '-Infinity',
  '"NaN"',
  '"infinity"',
  '[]',
  '["a"]',
  '["a",1]',
  '["a",null]',
  '[["a"]]',
  '{}',
  '{"id":"x"}',
  '{"a":1,"a":2}',
  '{"shopMoney":{"amount":"1.0","amount":"2.0"}}',
  '{"shopMoney":null}',
  '{"shopMoney":{"amount":1.0}}',
  '{"shopMoney":{"amount":"1.0","extra":NaN}}',
  '{"shopMoney":{"amount":"1.0"},}',
  '"2026-05-01"',
  '"2026-05-01T00:11:12"',
  '"2026-05-01 00:11:12Z"',
  '"2026-05-01T24:00:00Z"',
  '"2026-02-30T00:00:00Z"',
  '"2024-02-29T00:00:00Z"',
  '"2026-02-29T00:00:00Z"',
  '"2100-02-29T00:00:00Z"',
  '"2000-02-29T00:00:00Z"',
  '"1900-02-29T00:00:00Z"',
  '"2026-12-31T23:59:60Z"',
  '"2026-05-01T00:11:12+00:00"',
  '"2026-05-01T00:11:12+02:00"',
  '"2026-05-01T00:11:12z"',
  '"2026-05-01T00:11:12.123456Z"',
  '"2026-05-01T00:11:12.123456789Z"',
  '"2026-05-01T00:11:12.Z"',
  '"2026-5-1T00:11:12Z"',
  '"0000-01-01T00:00:00Z"',
  '"1969-12-31T23:59:59.999999Z"',
  '"９９99-01-01T00:00:00Z"',
  '"2026-05-01T00:11:12Z\\n"',
  '"2026-05-01T00:11:12Z "',
  '"gid:\\/\\/shopify\\/Order\\/5"',
  '"gid://shopify/Order/05"',
  '"gid://shopify/Customer/5"',
  '"gid://shopify/Order/5\\n"',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00x"',
  '"\\ud83d\\ude00"',
  '"é"',
  '"\\u00e9"',
  '"e\\u0301"',
  '"line\\nbreak"',
  '"tab\\there"',
  '"quote\\"colon\\":"',
  '"comma,}"',
  '"back\\\\slash"',
  '"EUR"',
  '"eur"',
  '"EURO"',
  '"EUR "',
  '"DE"',
  '"NL"',
  '"GB"',
  '"de"',
  '"1234 AB"',
  '"SW1A 1AA"',
  '"a@b"',
  '"a@b.c"',
  '"a b@c.de"',
  '"ä@b.de"',
  '"__proto__"',
  '{"__proto__":1}',
  `${'['.repeat(80)}${']'.repeat(80)}`,
  `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`,
  '"SALE"',
  '"PAID"',
  '"AB-1"',
  '"ab-1"',
  '"AB--1"',
  '"16.80000"',
  '"16.8"',
  '"0"',
  '"-1.0"',
  '["a\\u0000b"]',
]

/** The same as cells of a table: what is no text there stands as it is written. */
export const hostileCells: readonly string[] = hostileTexts.map(json => {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : json
  } catch {
    return json
  }
})

const anyText = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map(text => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }).map(text => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.double().map(value => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
)

/** Places inside a record, as ways of keys. */
function ways(value: unknown, way: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [way]
  return [way, ...Object.entries(value).flatMap(([key, inner]) => ways(inner, [...way, key]))]
}

const mark = '@@hostile@@'

function replaced(record: Plain, way: readonly string[], text: string): string {
  const copy = structuredClone(record)
  const last = way.at(-1)
  if (last === undefined) return text
  let here = copy as Plain
  for (const key of way.slice(0, -1)) here = here[key] as Plain
  here[last] = mark
  return JSON.stringify(copy).replace(`"${mark}"`, () => text)
}

/** Changes of the text itself that leave the values alone, or hide one key behind another. */
const mangles: readonly ((json: string) => string)[] = [
  json => json.replaceAll('/', '\\/'),
  json => json.replace('"id":', '"\\u0069d":'),
  json => json.replace('"id":', '"id" :'),
  json => json.replace('{"id":', '{"id":"gid://shopify/Order/1","id":'),
  json => json.replace('{"id":', '{"id" :"gid://shopify/Order/1","id":'),
  json => json.replace('"name":', '"name" :"#9","name":'),
  json => json.replace('"test":false', '"test":false,"test":true'),
  json => json.replace('"amount":"16.80"', '"amount":"16.80","amount":"99"'),
  json => json.replace('"kind":', '"kind":"VOID","kind":'),
  json => json.replace(/\}$/, ',}'),
  json => json.replace(/\}$/, ',"unknown":1}'),
  json => json.replace(/\}$/, ',"unknown":{"deep":[{"x":NaN}]}}'),
  json => json.replace(/\}$/, ',"unknown":12345678901234567890}'),
  json => json.replace(/\}$/, ',"__proto__":{"id":"x"}}'),
  json => json.replace(/\}$/, ',"constructor":1}'),
  json => json.replace('"tags":["a","b"]', '"tags":["a","b",]'),
  json => json.replace('"transactions":[', '"transactions":[7,'),
  json => json.replace('"transactions":[', '"transactions":[null,'),
  json => json.replace('"refunds":[', '"refunds":[{"id":"gid://shopify/Refund/1"},'),
  json => json.replace(/"refunds":\[.*?\]/, '"refunds":{}'),
  json => json.replace(/"transactions":\[.*?\],/, ''),
  json => json.replace('"fulfillments":[', '"fulfillments":[{"createdAt":"2026-05-01T09:00:00Z"},'),
  json => json.replace('"fulfillments":[{', '"fulfillments":[{"name":"x",'),
  json => json.replace('"customer":{', '"customer":{"note":null,'),
  json => `  ${json}\t\r`,
  json => `${json}${json}`,
  json => `${json} x`,
  json => `\ufeff${json}`,
  json => json.slice(0, -1),
  json => json.slice(0, Math.floor(json.length / 2)),
  json => `[${json}]`,
  json => json.replace('gid://shopify/', 'gid://Shopify/'),
  json => json.replace('gid://shopify/Order', 'gid://shopify/MediaImage'),
  json => json.replaceAll('":', '": '),
  json => json.replaceAll('":', '"\t:'),
  json => json.replace(',"', ', "'),
]

const record = fc.nat({ max: 400 }).chain(n => fc.constantFrom(orderRecord(n + 1), lineRecord(n + 1)))

const valueChanged = record.chain(good =>
  fc.tuple(fc.constantFrom(...ways(good)), anyText).map(([way, text]) => replaced(good, way, text)),
)
const twoChanged = valueChanged.chain(json => fc.constantFrom(...mangles).map(mangle => mangle(json)))
const mangled = record.chain(good => fc.constantFrom(...mangles).map(mangle => mangle(JSON.stringify(good))))

/** One line of bytes: good records, records with a hostile value, records whose text is mangled, and noise. */
export const hostileLine: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 3, arbitrary: record.map(good => Buffer.from(JSON.stringify(good))) },
  { weight: 8, arbitrary: valueChanged.map(json => Buffer.from(json)) },
  { weight: 3, arbitrary: mangled.map(json => Buffer.from(json)) },
  { weight: 2, arbitrary: twoChanged.map(json => Buffer.from(json)) },
  { weight: 1, arbitrary: fc.json().map(json => Buffer.from(json)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes.filter(byte => byte !== 10))),
  },
  {
    weight: 1,
    arbitrary: record.map(good =>
      Buffer.concat([Buffer.from(JSON.stringify(good).slice(0, -2)), Buffer.from([0xff, 0xfe, 0x22, 0x7d])]),
    ),
  },
)
