import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLinkFeed } from '../../src/features/relay/providers/local/link-feed.ts';
import {
  type LinkIndex,
  linkBytes,
  linkKbps,
  SCRIPTED_LINKS,
} from '../../src/features/relay/providers/local/scripted-links.ts';

const anySeed = fc.string({ maxLength: 40 });
const anyLink = fc.constantFrom<LinkIndex>(0, 1, 2);
const anyElapsedMs = fc.integer({ min: 0, max: 57_600_000 });

/** kbit/s as a dock works it out, from two readings of a counter. */
function kbpsBetween(before: number, after: number, ms: number): number {
  return ((after - before) * 8) / ms;
}

describe('scripted links', () => {
  it('gives the same values for the same seed, link and time', () => {
    assert.equal(linkBytes('a', 0, 12_345), linkBytes('a', 0, 12_345));
    assert.equal(linkKbps('a', 1, 12_345), linkKbps('a', 1, 12_345));
    assert.notEqual(linkBytes('a', 0, 12_345), linkBytes('b', 0, 12_345));
  });

  it('keeps each rate within 28 % of its mean', () => {
    fc.assert(
      fc.property(anySeed, anyLink, anyElapsedMs, (seed, link, ms) => {
        const mean = SCRIPTED_LINKS[link].meanKbps;
        const kbps = linkKbps(seed, link, ms);
        assert.ok(kbps >= mean * 0.719 && kbps <= mean * 1.281, `${kbps} of ${mean}`);
      }),
    );
  });

  it('has the mean rate in the long run', () => {
    for (const link of [0, 1, 2] as const) {
      const kbps = kbpsBetween(0, linkBytes('seed', link, 3_600_000), 3_600_000);
      assert.ok(Math.abs(kbps / SCRIPTED_LINKS[link].meanKbps - 1) < 0.01, `${kbps}`);
    }
  });

  it('starts at zero, never falls, and grows by what the rate says', () => {
    fc.assert(
      fc.property(anySeed, anyLink, anyElapsedMs, fc.integer({ min: 0, max: 5_000 }), (seed, link, ms, more) => {
        assert.equal(linkBytes(seed, link, 0), 0);
        const grown = linkBytes(seed, link, ms + more) - linkBytes(seed, link, ms);
        assert.ok(grown >= 0 && Number.isInteger(grown));
        // Within 5 s the mean rate stays near the rate of the middle.
        const expected = (linkKbps(seed, link, ms + more / 2) * more) / 8;
        assert.ok(Math.abs(grown - expected) <= expected * 0.25 + 1, `${grown}, expected about ${expected}`);
      }),
    );
  });

  it('changes smoothly', () => {
    for (let ms = 0; ms < 120_000; ms += 100) {
      const step = Math.abs(linkKbps('seed', 0, ms + 100) - linkKbps('seed', 0, ms));
      assert.ok(step < SCRIPTED_LINKS[0].meanKbps * 0.02, `${step} kbit/s within 100 ms`);
    }
  });
});

describe('link feed', () => {
  const START = 50_000;

  it('lists the links with whole numbers, shares and labels', () => {
    const group = createLinkFeed('seed', 'live_abc', START).group(START + 10_500);
    assert.match(group.id, /^0x[0-9a-f]+$/);
    assert.equal(group.stream_id, 'live_abc');
    assert.deepEqual(
      group.connections.map((connection) => connection.asn_org),
      ['T-Mobile USA, Inc.', 'AT&T Mobility', 'Verizon Wireless'],
    );
    assert.equal(
      group.total_bytes,
      group.connections.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const shares = group.connections.reduce((sum, { share_pct }) => sum + share_pct, 0);
    assert.ok(Math.abs(shares - 100) < 0.3, `${shares}`);
    for (const { addr, bytes, pkts, last_ms_ago, uptime_s } of group.connections) {
      assert.match(addr, /^\d+\.\d+\.\d+\.\d+:\d{5}$/);
      assert.ok(Number.isInteger(bytes) && pkts === Math.ceil(bytes / 1332));
      assert.equal(last_ms_ago, 0);
      assert.equal(uptime_s, 10);
    }
  });

  it('has about 3.5, 2 and 1 Mbit/s, and the publisher their sum', () => {
    const feed = createLinkFeed('seed', 'live_abc', START);
    const before = feed.group(START + 20_000).connections;
    const after = feed.group(START + 22_000).connections;
    [3500, 2000, 1000].forEach((mean, index) => {
      const kbps = kbpsBetween(before[index]?.bytes ?? 0, after[index]?.bytes ?? 0, 2_000);
      assert.ok(kbps > mean * 0.7 && kbps < mean * 1.3, `${kbps} of ${mean}`);
    });
    const publisher = feed.publisher(START + 21_000);
    assert.ok(publisher.bitrate > 6500 * 0.7 && publisher.bitrate < 6500 * 1.3);
    assert.equal(publisher.mbpsRecvRate, publisher.bitrate / 1000);
    assert.ok(publisher.mbpsBandwidth > publisher.mbpsRecvRate);
    assert.equal(publisher.uptime, 21);
  });

  it('lets a dead link go stale while the others go on', () => {
    const feed = createLinkFeed('seed', 'live_abc', START);
    feed.setDeadLink(1, START + 5_000);
    const before = feed.group(START + 5_000).connections;
    const after = feed.group(START + 9_900).connections;
    assert.equal(after[1]?.bytes, before[1]?.bytes);
    assert.equal(after[1]?.last_ms_ago, 4_000);
    assert.equal(after[0]?.last_ms_ago, 0);
    assert.ok((after[0]?.bytes ?? 0) > (before[0]?.bytes ?? 0));
  });

  it('gives a link that rejoins a new port and zeroed counters, and keeps its old bytes in the total', () => {
    const feed = createLinkFeed('seed', 'live_abc', START);
    feed.setDeadLink(0, START + 5_000);
    const dead = feed.group(START + 8_000);
    feed.setDeadLink(undefined, START + 8_000);
    const rejoined = feed.group(START + 8_000);
    assert.equal(rejoined.total_bytes, dead.total_bytes);
    assert.equal(rejoined.connections[0]?.bytes, 0);
    assert.equal(rejoined.connections[0]?.uptime_s, 0);
    assert.notEqual(rejoined.connections[0]?.addr, dead.connections[0]?.addr);
    assert.equal(rejoined.connections[1]?.addr, dead.connections[1]?.addr);
    assert.ok((feed.group(START + 9_000).connections[0]?.bytes ?? 0) > 0);
  });

  it('never lets the total fall, whatever the links do', () => {
    const anyDead = fc.option(anyLink, { nil: undefined });
    fc.assert(
      fc.property(anySeed, fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), anyDead)), (seed, changes) => {
        const feed = createLinkFeed(seed, 'live_abc', 0);
        let nowMs = 0;
        let total = 0;
        for (const [ms, dead] of changes) {
          nowMs += ms;
          const before = feed.group(nowMs).total_bytes;
          feed.setDeadLink(dead, nowMs);
          const after = feed.group(nowMs).total_bytes;
          assert.ok(before >= total && after === before);
          total = after;
        }
      }),
    );
  });
});
