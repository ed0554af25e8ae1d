import assert from 'node:assert/strict';
import { parseLinkStats, parseOutputs, parsePeerStats, parseSlsStats } from '../../../src/sdk/telemetry/index.ts';
import { fixture } from './fixtures.ts';

const PARSERS = { parseLinkStats, parsePeerStats, parseSlsStats, parseOutputs };

describe('Parsers of relay statistics', () => {
  it('read groups and connections as the receiver tells them; a field that is not told is null', () => {
    const groups = parseLinkStats(fixture('links.json'));
    assert.equal(groups?.length, 1);
    const { connections, ...group } = groups[0] ?? assert.fail();
    assert.deepEqual(group, { id: '0x7f3c5a1e90', totalBytes: 48_210_344, streamId: 'live_k2j9x7' });
    assert.deepEqual(connections[0], {
      addr: '198.51.100.21:43117',
      bytes: 30_120_448,
      packets: 22_614,
      sharePct: 62.5,
      lastMsAgo: 0,
      uptimeSeconds: 74,
      asnOrg: 'T-Mobile USA, Inc.',
    });
    assert.deepEqual([connections[2]?.sharePct, connections[2]?.asnOrg], [null, null]);
    assert.deepEqual(parseLinkStats(JSON.parse(fixture('links.json'))), groups);
  });

  it('read the peers of newer receivers', () => {
    assert.deepEqual(parsePeerStats(fixture('peers.json')), [
      { connectionId: 'modem-a', bitrate: 3120.5, throughput: 3300, jitter: 4.2, uptimeSeconds: 93 },
      { connectionId: '192.0.2.137:50123', bitrate: 1040, throughput: 1100, jitter: 11, uptimeSeconds: 12 },
    ]);
  });

  it('read the publishers of the SRT server', () => {
    assert.deepEqual(parseSlsStats(fixture('sls.json')), [
      {
        key: 'live_k2j9x7',
        bitrateKbps: 5230,
        rttMs: 48.7,
        lostPackets: 14,
        droppedPackets: 1,
        receiveMbps: 5.21,
        bandwidthMbps: 17.4,
        latencyMs: 2000,
        uptimeSeconds: 74,
      },
    ]);
    assert.deepEqual(parseSlsStats('{"status":"ok","publishers":{}}'), []);
    assert.equal(parseSlsStats('{"status":"error","publishers":{}}'), null);
  });

  it('read outputs as the plugin tells them', () => {
    const output = { id: 'a', active: true, bitrate_kbps: 6000, drop_pct: 0.02, fps: 60, group: '', hidden: 1 };
    assert.deepEqual(parseOutputs(JSON.stringify([output, null])), [
      {
        id: 'a',
        name: 'a',
        active: true,
        bitrateKbps: 6000,
        dropPct: 0.02,
        fps: 60,
        encodingLagMs: null,
        encoder: null,
        group: null,
        resolution: null,
        hidden: false,
      },
    ]);
  });

  it('give null for torn and badly escaped text, at whatever place it is torn', () => {
    assert.equal(parseLinkStats(fixture('links-torn.txt')), null);
    assert.equal(parseLinkStats(fixture('links-badly-escaped.txt')), null);
    const files = { parseLinkStats: 'links.json', parsePeerStats: 'peers.json', parseSlsStats: 'sls.json' } as const;
    for (const [name, file] of Object.entries(files)) {
      const text = fixture(file).trim();
      const parse = PARSERS[name as keyof typeof files];
      for (let length = 0; length < text.length; length += 1) assert.equal(parse(text.slice(0, length)), null);
    }
  });

  it('give null for what is no such answer', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const throwing = {
      get groups() {
        throw new Error('no');
      },
    };
    for (const [name, parse] of Object.entries(PARSERS)) {
      for (const input of [
        '',
        'null',
        '5',
        '"a"',
        '{}',
        deep,
        'x'.repeat(2_000_000),
        null,
        undefined,
        5,
        {},
        throwing,
      ]) {
        assert.equal(parse(input), null, name);
      }
    }
    assert.equal(parseLinkStats({ groups: [null, { connections: 'none' }] }), null);
    assert.equal(parseLinkStats({ groups: [{ id: '0x1', connections: [5] }] }), null);
  });

  it('take no number that cannot be counted with', () => {
    for (const bytes of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e308, '5', null, {}, [1]]) {
      const groups = parseLinkStats({
        groups: [{ id: '0x1', total_bytes: bytes, connections: [{ addr: 'a', bytes }] }],
      });
      assert.deepEqual([groups?.[0]?.totalBytes, groups?.[0]?.connections[0]?.bytes], [null, null], String(bytes));
    }
  });

  it('change nothing but their answer when a key is called __proto__', () => {
    const text = '{"status":"ok","publishers":{"__proto__":{"bitrate":5}},"__proto__":{"groups":[]}}';
    assert.deepEqual(
      parseSlsStats(text)?.map(({ bitrateKbps }) => bitrateKbps),
      [5],
    );
    assert.equal(parseLinkStats(text), null);
    assert.equal(Object.hasOwn(Object.prototype, 'bitrate'), false);
  });
});
