import fc from 'fast-check';
import {
  createLinkTelemetry,
  createSlsTelemetry,
  parseLinkStats,
  parseOutputs,
  parsePeerStats,
  parseSlsStats,
} from '../../../src/sdk/telemetry/index.ts';
import { checkProperty, PROPERTY_LIMIT_MS } from '../../support/property.ts';

const hostileNumber = fc.oneof(
  fc.double(),
  fc.nat(),
  fc.constantFrom(Number.NaN, 1e308, -1, Number.MAX_SAFE_INTEGER, Number.NEGATIVE_INFINITY),
);
const hostile = fc.oneof(hostileNumber, fc.jsonValue(), fc.anything(), fc.constantFrom('__proto__', 'x'.repeat(5000)));
const ip = fc.oneof(fc.ipV4(), fc.ipV6());
const address = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(65535)).map(([host, port]) => `${host}:${port}`),
  fc.tuple(fc.ipV6(), fc.nat(65535)).map(([host, port]) => `[${host}]:${port}`),
  ip,
  fc.string(),
);
const organization = fc.oneof(
  fc.tuple(fc.string(), ip, fc.string()).map((parts) => parts.join('')),
  fc.tuple(ip, fc.constantFrom(' T-Mobile', ', Inc.', '\u200b GmbH')).map((parts) => parts.join('')),
  fc.constantFrom('T-Mobile USA, Inc.', 'AT&T Mobility'),
  hostile,
);
const connection = fc.record(
  {
    addr: fc.oneof(address, hostile),
    bytes: hostileNumber,
    pkts: hostile,
    share_pct: hostileNumber,
    last_ms_ago: hostileNumber,
    uptime_s: hostileNumber,
    asn_org: organization,
  },
  { requiredKeys: ['addr'] },
);
const group = fc.record({
  id: fc.oneof(address, hostile),
  total_bytes: hostileNumber,
  stream_id: fc.oneof(address, hostile),
  connections: fc.oneof({ weight: 9, arbitrary: fc.array(connection) }, hostile),
});
const peer = fc.record({ connection_id: address, bitrate: hostileNumber, throughput: hostile, jitter: hostileNumber });
const publishers = fc.dictionary(address, fc.record({ bitrate: hostileNumber, rtt: hostile }));
const answer = fc.oneof(
  fc.record({ groups: fc.array(group) }),
  fc.record({ peers: fc.array(peer) }),
  fc.record({ status: fc.constant('ok'), publishers }),
  hostile,
);
/** Value, text, or torn text. */
const snapshot = fc.tuple(answer, fc.constantFrom('value', 'text', 'torn'), fc.nat()).map(([value, form, at]) => {
  if (form === 'value') return value;
  const text = fc.stringify(value);
  return form === 'text' ? toJson(value) : text.slice(0, at % (text.length + 1));
});

describe('Telemetry of links, of whatever a relay may answer', () => {
  it('never throws, tells no number that is none, and tells no IP address', async function () {
    this.timeout(PROPERTY_LIMIT_MS);
    const steps = fc.array(fc.tuple(snapshot, hostileNumber), { minLength: 1, maxLength: 8 });
    await checkProperty(
      fc.property(steps, fc.option(organization), (given, found) => {
        const telemetry = createLinkTelemetry({ lookup: () => found as string });
        const sls = createSlsTelemetry();
        for (const [value, atMs] of given) {
          for (const parse of [parseLinkStats, parsePeerStats, parseSlsStats, parseOutputs]) parse(value);
          for (const state of [telemetry.feed(value, atMs), sls.feed(value, 0), telemetry.miss(atMs)]) check(state);
        }
      }),
      { runs: 1000, shrinks: true },
    );
  });
});

/** Looks for addresses in another way than the code does: any text in which one could be read, by its look. */
function check(state: unknown): void {
  const text = JSON.stringify(state, (key, value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${key} is ${value}`);
    if (typeof value === 'number' && value < 0 && key !== 'atMs') throw new Error(`${key} is ${value}`);
    return value;
  });
  if (/\d+\.\d+\.\d+\.\d+/.test(text)) throw new Error(`an IPv4 address in ${text}`);
  for (const [, label = ''] of text.matchAll(/"(?:label|key)":"((?:[^"\\]|\\.)*)"/g)) {
    if (/[\da-f]*:[\da-f]*/i.test(label)) throw new Error(`an IPv6 address in ${label}`);
  }
}

function toJson(value: unknown): unknown {
  try {
    return JSON.stringify(value);
  } catch {
    return 'undefined';
  }
}
