import assert from 'node:assert/strict';
import { createLinkTelemetry } from '../../../src/sdk/telemetry/index.ts';
import { connection, fixture, snapshot } from './fixtures.ts';

const START = 1_700_000_000_000;

describe('Telemetry of links', () => {
  it('is absent, not zero, before the first snapshot', () => {
    const totals = { kbps: null, totalBytes: null, links: null, staleLinks: null };
    assert.deepEqual(createLinkTelemetry().state(), { status: 'absent', atMs: null, links: [], totals });
    assert.equal(createLinkTelemetry().miss(START).status, 'absent');
  });

  it('tells rates from the second snapshot on: bytes times 8 over the time between', () => {
    const telemetry = createLinkTelemetry();
    const first = telemetry.feed(snapshot([connection({ bytes: 1_000_000 })], { total_bytes: 3_000_000 }), START);
    assert.deepEqual([first.links[0]?.kbps, first.totals.kbps], [null, null]);
    const second = telemetry.feed(
      snapshot([connection({ bytes: 1_500_000 })], { total_bytes: 3_750_000 }),
      START + 2000,
    );
    assert.deepEqual([second.links[0]?.kbps, second.totals.kbps], [2000, 3000]);
    assert.equal(second.totals.totalBytes, 3_750_000);
  });

  it('tells no age that is no number, however far the clock jumps', () => {
    const telemetry = createLinkTelemetry();
    telemetry.feed(snapshot([connection({ last_ms_ago: Number.MAX_SAFE_INTEGER })]), -1e308);
    const [link] = telemetry.miss(1e308).links;
    assert.equal(Number.isFinite(link?.lastSeenMsAgo), true, String(link?.lastSeenMsAgo));
  });

  it('adds up the links where the sender has no counter of its own', () => {
    const telemetry = createLinkTelemetry();
    const at = (bytes: number) =>
      snapshot([connection({ bytes }), connection({ addr: '203.0.113.84:2', bytes: bytes * 2 })]);
    telemetry.feed(at(0), START);
    assert.equal(telemetry.feed(at(250_000), START + 1000).totals.kbps, 6000);
  });

  it('reads a real answer: labels, shares, stale after more than 3,000 ms', () => {
    const { links, totals } = createLinkTelemetry().feed(fixture('links.json'), START);
    assert.deepEqual(
      links.map(({ label, stale, lastSeenMsAgo }) => [label, stale, lastSeenMsAgo]),
      [
        ['T-Mobile', false, 0],
        ['AT&T', false, 1000],
        ['Link 3', true, 4000],
      ],
    );
    assert.deepEqual([links[0]?.sharePct, links[1]?.uptimeSeconds, links[2]?.totalBytes], [62.5, 74, 3_400_128]);
    assert.equal(Math.round(links[2]?.sharePct ?? 0), 7);
    assert.deepEqual([totals.links, totals.staleLinks], [3, 1]);
    for (const [last_ms_ago, stale] of [
      [3000, false],
      [3001, true],
    ] as const) {
      const state = createLinkTelemetry().feed(snapshot([connection({ last_ms_ago })]), START);
      assert.equal(state.links[0]?.stale, stale);
    }
  });

  it('reads peers, which tell their rate themselves', () => {
    const { links, totals } = createLinkTelemetry().feed(fixture('peers.json'), START);
    assert.deepEqual(
      links.map(({ label, kbps, jitterMs, totalBytes }) => [label, kbps, jitterMs, totalBytes]),
      [
        ['Link 1', 3120.5, 4.2, null],
        ['Link 2', 1040, 11, null],
      ],
    );
    assert.deepEqual([totals.kbps, totals.totalBytes], [4160.5, null]);
  });

  it('knows zero from absent: a relay that answers that nobody sends', () => {
    const { status, totals } = createLinkTelemetry().feed('{"groups":[]}', START);
    assert.deepEqual([status, totals.kbps, totals.links], ['fresh', 0, 0]);
  });

  it('keeps the last good snapshot as stale, lets its links age, and is absent at the fifth miss', () => {
    const telemetry = createLinkTelemetry();
    telemetry.feed(snapshot([connection({ bytes: 0, last_ms_ago: 1000 })]), START);
    const good = telemetry.feed(snapshot([connection({ bytes: 1000, last_ms_ago: 1000 })]), START + 2000);
    const torn = telemetry.feed(fixture('links-torn.txt'), START + 4000);
    assert.deepEqual([torn.status, torn.atMs, torn.totals.kbps], ['stale', START + 2000, good.totals.kbps]);
    assert.deepEqual([torn.links[0]?.lastSeenMsAgo, torn.links[0]?.stale], [3000, false]);
    const missed = telemetry.miss(START + 6000);
    assert.deepEqual(
      [missed.links[0]?.lastSeenMsAgo, missed.links[0]?.stale, missed.totals.staleLinks],
      [5000, true, 1],
    );
    telemetry.miss(START + 8000);
    assert.equal(telemetry.feed(fixture('links-badly-escaped.txt'), START + 10_000).status, 'stale');
    const gone = telemetry.miss(START + 12_000);
    assert.deepEqual([gone.status, gone.links, gone.totals.kbps], ['absent', [], null]);
    const back = telemetry.feed(snapshot([connection({ bytes: 9_000_000 })]), START + 14_000);
    assert.deepEqual([back.status, back.links[0]?.kbps, back.links[0]?.key], ['fresh', null, good.links[0]?.key]);
  });

  it('counts over torn snapshots: the bytes since the last good one, over the time since then', () => {
    const telemetry = createLinkTelemetry();
    telemetry.feed(snapshot([connection({ bytes: 0 })]), START);
    telemetry.feed('{"gro', START + 2000);
    assert.equal(telemetry.feed(snapshot([connection({ bytes: 1_000_000 })]), START + 4000).links[0]?.kbps, 2000);
  });

  it('clamps a counter that fell to a rate of 0, and keeps what it had counted', () => {
    const telemetry = createLinkTelemetry();
    telemetry.feed(snapshot([connection({ bytes: 5_000_000 })], { total_bytes: 5_000_000 }), START);
    const reset = telemetry.feed(snapshot([connection({ bytes: 1000 })], { total_bytes: 1000 }), START + 2000);
    assert.deepEqual([reset.links[0]?.kbps, reset.totals.kbps, reset.links[0]?.totalBytes], [0, 0, 5_001_000]);
    const next = telemetry.feed(snapshot([connection({ bytes: 251_000 })]), START + 4000);
    assert.equal(next.links[0]?.kbps, 1000);
  });

  it('knows a link that rejoins with a new port and a counter from zero', () => {
    const telemetry = createLinkTelemetry();
    const other = connection({ addr: '203.0.113.84:7', bytes: 0 });
    const [before] = telemetry.feed(snapshot([connection({ bytes: 5_000_000 }), other]), START).links;
    telemetry.feed(snapshot([other]), START + 2000);
    const rejoined = connection({ addr: '198.51.100.21:59999', bytes: 250_000, uptime_s: 1 });
    const after = telemetry.feed(snapshot([other, rejoined]), START + 4000).links[1];
    assert.deepEqual([after?.key, after?.label, after?.kbps], [before?.key, before?.label, 1000]);
    assert.equal(after?.totalBytes, 5_250_000);
  });

  it('takes no old counter of a link that it sees for the first time for a rate', () => {
    const telemetry = createLinkTelemetry();
    telemetry.feed(snapshot([connection()]), START);
    const old = connection({ addr: '203.0.113.84:7', bytes: 900_000_000, uptime_s: 3600 });
    assert.equal(telemetry.feed(snapshot([connection(), old]), START + 2000).links[1]?.kbps, null);
  });

  it('loses no bytes of links that have left: the total counts by the sender', () => {
    const telemetry = createLinkTelemetry();
    const links = [connection({ bytes: 1_000_000 }), connection({ addr: '203.0.113.84:7', bytes: 1_000_000 })];
    telemetry.feed(snapshot(links, { total_bytes: 2_000_000 }), START);
    const left = telemetry.feed(snapshot([connection({ bytes: 1_000_000 })], { total_bytes: 2_250_000 }), START + 1000);
    assert.equal(left.totals.kbps, 2000);
  });

  it('gives numbers that stay with their link while others come and go, and are used again', () => {
    const telemetry = createLinkTelemetry();
    const addrs = (...hosts: number[]) => snapshot(hosts.map((host) => connection({ addr: `192.0.2.${host}:1` })));
    const labels = (...hosts: number[]) => telemetry.feed(addrs(...hosts), START).links.map(({ label }) => label);
    assert.deepEqual(labels(1, 2, 3), ['Link 1', 'Link 2', 'Link 3']);
    assert.deepEqual(labels(3, 1), ['Link 3', 'Link 1']);
    assert.deepEqual(labels(4, 3, 2), ['Link 4', 'Link 3', 'Link 2']);
    for (let count = 0; count < 300; count += 1) labels(3, 2);
    assert.deepEqual(labels(5, 3, 2), ['Link 1', 'Link 3', 'Link 2']);
  });

  it('asks the lookup once for each link, with the address alone, and survives its errors', () => {
    const asked: string[] = [];
    const telemetry = createLinkTelemetry({
      lookup(address) {
        asked.push(address);
        if (address.startsWith('203')) throw new Error('no database');
        return 'Vodafone GmbH';
      },
    });
    const links = ['198.51.100.21:1', '[2001:db8::7a]:2', '203.0.113.84:3'].map((addr) => connection({ addr }));
    telemetry.feed(snapshot(links), START);
    const state = telemetry.feed(snapshot(links), START + 2000);
    assert.deepEqual(asked, ['198.51.100.21', '2001:db8::7a', '203.0.113.84']);
    assert.deepEqual(
      state.links.map(({ label }) => label),
      ['Vodafone', 'Vodafone', 'Link 3'],
    );
  });

  it('shows no other sender of a shared relay', () => {
    const groups = ['live_a', 'live_b'].map((stream_id, index) => ({
      id: `0x${index}`,
      stream_id,
      connections: [connection({ addr: `192.0.2.${index}:1`, asn_org: stream_id })],
    }));
    const { links } = createLinkTelemetry({ streamId: 'live_b' }).feed({ groups }, START);
    assert.deepEqual(
      links.map(({ label }) => label),
      ['live_b'],
    );
  });

  describe('with a clock that', () => {
    const rates = (...steps: [bytes: number, atMs: number, uptime?: number][]) => {
      const telemetry = createLinkTelemetry();
      return steps.map(([bytes, at, uptime]) => {
        const told = connection({ bytes, ...{ uptime_s: uptime ?? null } });
        return telemetry.feed(snapshot([told]), START + at).links[0]?.kbps;
      });
    };

    it('stands still keeps the rate, and counts on from where it stood', () => {
      assert.deepEqual(rates([0, 0], [250_000, 1000], [300_000, 1000], [500_000, 2000]), [null, 2000, 2000, 2000]);
    });

    it('jumps back or far ahead goes by the uptime of the link', () => {
      assert.deepEqual(rates([0, 0, 10], [500_000, -3_600_000, 12]), [null, 2000]);
      assert.deepEqual(rates([0, 0, 10], [500_000, 86_400_000, 12]), [null, 2000]);
    });

    it('jumps while no uptime is told knows no rate until the next snapshot', () => {
      assert.deepEqual(rates([0, 0], [5000, -60_000], [255_000, -59_000]), [null, null, 2000]);
      assert.deepEqual(rates([0, 0], [5000, 99_000], [255_000, 100_000]), [null, null, 2000]);
    });

    it('is no number breaks nothing', () => {
      assert.deepEqual(rates([0, 0], [5000, Number.NaN], [250_000, 1000]), [null, null, 2000]);
    });
  });

  it('follows a thousand links at once', () => {
    const telemetry = createLinkTelemetry();
    const at = (bytes: number) =>
      snapshot(
        Array.from({ length: 1000 }, (_, index) => connection({ addr: `192.0.2.${index % 250}:${index}`, bytes })),
      );
    telemetry.feed(at(0), START);
    const { links } = telemetry.feed(at(125_000), START + 1000);
    assert.equal(new Set(links.map(({ key }) => key)).size, 1000);
    assert.equal(
      links.every(({ kbps }) => kbps === 1000),
      true,
    );
  });
});
