import assert from 'node:assert/strict';
import { sceneTelemetryOf, toSceneTelemetry } from '../../../src/sdk/scene/index.ts';
import { createLinkTelemetry, createSlsTelemetry } from '../../../src/sdk/telemetry/index.ts';

const SLS = (bitrate: number) => ({ status: 'ok', publishers: { live: { bitrate } } });
const LINKS = (bytes: number) => ({
  groups: [
    { id: '0x1', total_bytes: bytes, connections: [{ addr: '203.0.113.1:5', bytes, last_ms_ago: 0, uptime_s: 9 }] },
  ],
});

describe('What telemetry means for scenes', () => {
  const make = () => {
    const links = createLinkTelemetry();
    const sls = createSlsTelemetry();
    return { links, sls, snapshot: () => ({ links: links.state(), sls: sls.state() }) };
  };

  it('is absent as long as nothing is known', () => {
    assert.deepEqual(toSceneTelemetry(make().snapshot()), { state: 'absent' });
  });

  it('is what the SRT server says, even if that is nothing while links bring bytes', () => {
    const { links, sls, snapshot } = make();
    links.feed(LINKS(0), 0);
    links.feed(LINKS(500_000), 2_000);
    sls.feed(SLS(4_000), 2_000);
    assert.deepEqual(toSceneTelemetry(snapshot()), { state: 'fresh', bitrateKbps: 4_000 });
    sls.feed({ status: 'ok', publishers: {} }, 4_000);
    assert.deepEqual(toSceneTelemetry(snapshot()), { state: 'fresh', bitrateKbps: 0 });
  });

  it('is what the links bring where the SRT server is not asked', () => {
    const { links, snapshot } = make();
    links.feed(LINKS(0), 0);
    assert.deepEqual(toSceneTelemetry(snapshot()), { state: 'stale' }, 'one look tells no rate, which is not zero');
    links.feed(LINKS(500_000), 2_000);
    assert.deepEqual(toSceneTelemetry(snapshot()), { state: 'fresh', bitrateKbps: 2_000 });
  });

  it('is stale, and not zero, when the newest could not be read', () => {
    const { sls, snapshot } = make();
    sls.feed(SLS(4_000), 0);
    sls.feed('{"status":"ok","publ', 2_000);
    assert.deepEqual(toSceneTelemetry(snapshot()), { state: 'stale' });
  });

  it('comes to the switcher with each poll, until it has had enough', () => {
    const heard: unknown[] = [];
    const listeners = new Set<(snapshot: ReturnType<ReturnType<typeof make>['snapshot']>) => void>();
    const poller = {
      subscribe(listener: Parameters<typeof listeners.add>[0]) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const end = sceneTelemetryOf(poller).subscribe((poll) => heard.push(poll));
    for (const listener of listeners) listener(make().snapshot());
    end();
    assert.deepEqual([heard, listeners.size], [[{ state: 'absent' }], 0]);
  });
});
