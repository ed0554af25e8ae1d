import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { createLinkFeed } from '../../../src/features/relay/providers/local/link-feed.ts';
import { createSlsHandler, createStatsHandler } from '../../../src/features/relay/providers/local/stand-in-http.ts';
import {
  createTelemetryPoller,
  type TelemetryPollerOptions,
  type TelemetrySnapshot,
  telemetrySourcesOf,
} from '../../../src/sdk/telemetry/index.ts';
import { createManualTimers } from '../../support/manual-timers.ts';
import { fixture } from './fixtures.ts';
import { type StatsServer, startStatsServer } from './stats-server.ts';

describe('The telemetry poller', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function serve(listener: RequestListener): Promise<StatsServer> {
    const server = await startStatsServer(listener);
    ends.push(server.close);
    return server;
  }

  function poll(options: Omit<TelemetryPollerOptions, 'timers'>) {
    const timers = createManualTimers();
    const poller = createTelemetryPoller({ timers, ...options });
    ends.push(poller.stop);
    /** The snapshot behind the next answer or miss. */
    const next = () =>
      new Promise<TelemetrySnapshot>((resolve) => {
        const unsubscribe = poller.subscribe((snapshot) => {
          unsubscribe();
          resolve(snapshot);
        });
      });
    async function begin() {
      const told = next();
      poller.start();
      return await told;
    }
    async function step(ms = 2000) {
      const told = next();
      await timers.advance(ms);
      return await told;
    }
    return { poller, timers, next, begin, step };
  }

  it('reads the links and publishers of the local relay stand-in, at its rates', async () => {
    let nowMs = 0;
    const feed = createLinkFeed('seed', 'live_abc', 0);
    const view = {
      isSilent: () => false,
      groups: () => [feed.group(nowMs)],
      publishers: () => ({ live_abc: feed.publisher(nowMs) }),
    };
    const links = await serve(createStatsHandler(view));
    const sls = await serve(createSlsHandler(view));
    const onlyLinks = poll({ sources: { links: `${links.url}/stats` } });
    const onlySls = poll({ sources: { sls: `${sls.url}/stats/play_abc?legacy=1` } });

    nowMs = 10_000;
    assert.equal((await onlyLinks.begin()).links.totals.kbps, null);
    const before = feed.group(nowMs);
    nowMs = 12_000;
    const state = (await onlyLinks.step()).links;
    const after = feed.group(nowMs);
    assert.equal(state.status, 'fresh');
    assert.deepEqual(
      state.links.map(({ label, kbps }) => [label, kbps]),
      ['T-Mobile', 'AT&T', 'Verizon'].map((label, index) => [
        label,
        ((after.connections[index]?.bytes ?? 0) - (before.connections[index]?.bytes ?? 0)) / 250,
      ]),
    );
    assert.equal(state.totals.kbps, (after.total_bytes - before.total_bytes) / 250);
    const publisher = (await onlySls.begin()).sls;
    assert.deepEqual([publisher.status, publisher.kbps], ['fresh', feed.publisher(nowMs).bitrate]);
    assert.equal(publisher.publishers[0]?.rttMs, feed.publisher(nowMs).rtt);
    assert.equal(onlySls.poller.getSnapshot().links.status, 'absent');
  });

  it('tells no name of a stream, which is a credential', async () => {
    const { url } = await serve((_request, response) => void response.end(fixture('sls.json')));
    const snapshot = await poll({ sources: { sls: url } }).begin();
    assert.equal(snapshot.sls.publishers[0]?.key, 'publisher-1');
    assert.equal(JSON.stringify(snapshot).includes('live_k2j9x7'), false);
  });

  it('keeps a source that died as stale until the Nth miss in a row, then it is absent; another one goes on', async () => {
    let isDead = false;
    const { url } = await serve((request, response) => {
      if (request.url === '/sls') return void response.end(fixture('sls.json'));
      if (isDead) return void request.socket.destroy();
      response.end(fixture('links.json'));
    });
    const { poller, begin, step } = poll({ sources: { links: `${url}/links` }, absentAfterMisses: 3 });
    const other = poll({ sources: { sls: `${url}/sls` } });
    await other.begin();
    assert.equal((await begin()).links.status, 'fresh');
    isDead = true;
    assert.equal((await step()).links.status, 'stale');
    assert.equal((await step()).links.links.length, 3);
    assert.deepEqual([(await step()).links.status, poller.getSnapshot().links.totals.kbps], ['absent', null]);
    assert.equal((await other.step()).sls.status, 'fresh');
    isDead = false;
    assert.equal((await step()).links.status, 'fresh');
  });

  for (const [name, answer] of Object.entries<(response: ServerResponse) => void>({
    'an error page': (response) => response.writeHead(503).end(fixture('links.json')),
    'a torn answer': (response) => response.end(fixture('links-torn.txt')),
    'half an answer': (response) =>
      response.writeHead(200, { 'Content-Length': 9999 }).write('{"groups":', () => response.destroy()),
  })) {
    it(`takes ${name} for a miss`, async () => {
      let isGood = true;
      const { url } = await serve((_request, response) => {
        if (isGood) response.end(fixture('links.json'));
        else answer(response);
      });
      const { begin, step } = poll({ sources: { links: url } });
      await begin();
      isGood = false;
      const { status, links } = (await step()).links;
      assert.deepEqual([status, links.length], ['stale', 3]);
    });
  }

  it('takes an answer that never ends for a miss, and reads little more than 1 MiB of it', async () => {
    let sent = 0;
    const { url } = await serve((_request, response) => {
      const more = () => {
        sent += 1;
        // Enough to see that it is read on, and no harm if it is.
        if (sent < 1000) response.write('x'.repeat(65_536), (error) => !error && more());
        else response.end();
      };
      more();
    });
    assert.equal((await poll({ sources: { links: url } }).begin()).links.status, 'absent');
    assert.equal(sent < 500, true, `${sent} times 64 KiB`);
  });

  it('asks no source that has not answered yet, and gives up behind the time limit, even if fetch does not', async () => {
    const asked: AbortSignal[] = [];
    const { poller, timers, next } = poll({
      sources: { links: 'http://127.0.0.1:9/' },
      timeoutMs: 5000,
      fetch: (_url, init) => {
        asked.push(init?.signal as AbortSignal);
        return new Promise(() => undefined);
      },
    });
    let told = 0;
    poller.subscribe(() => {
      told += 1;
    });
    poller.start();
    poller.start();
    await timers.advance(4999);
    assert.deepEqual([asked.length, told], [1, 0]);
    const miss = next();
    await timers.advance(1);
    await miss;
    assert.deepEqual([asked[0]?.aborted, told], [true, 1]);
    await timers.advance(1000);
    assert.equal(asked.length, 2);
  });

  for (const how of ['stop', 'signal'] as const) {
    it(`ends by ${how}: gives up what is under way, asks no more and tells nothing`, async () => {
      const controller = new AbortController();
      const asked: AbortSignal[] = [];
      const { poller, timers } = poll({
        sources: { links: 'http://127.0.0.1:9/' },
        signal: controller.signal,
        fetch: (_url, init) => {
          asked.push(init?.signal as AbortSignal);
          return new Promise(() => undefined);
        },
      });
      let told = 0;
      poller.subscribe(() => {
        told += 1;
      });
      poller.start();
      if (how === 'stop') poller.stop();
      else controller.abort();
      await timers.advance(60_000);
      assert.deepEqual([asked.length, asked[0]?.aborted, told], [1, true, 0]);
      poller.start();
      assert.equal(asked.length, how === 'stop' ? 2 : 1);
    });
  }

  for (const how of ['stop', 'signal'] as const) {
    it(`calls what was fresh stale once it has ended by ${how}, and tells so once`, async () => {
      const controller = new AbortController();
      const { url } = await serve(({ url: path }, response) => {
        response.end(fixture(path === '/sls' ? 'sls.json' : 'links.json'));
      });
      const sources = { links: `${url}/links`, sls: `${url}/sls` };
      const { poller, begin, next } = poll({ sources, signal: controller.signal });
      await begin();
      await next();
      const { links, sls } = poller.getSnapshot();
      assert.deepEqual([links.status, sls.status], ['fresh', 'fresh']);
      const told: string[] = [];
      poller.subscribe((snapshot) => told.push(`${snapshot.links.status} ${snapshot.sls.status}`));
      if (how === 'stop') poller.stop();
      else controller.abort();
      poller.stop();
      assert.deepEqual(told, ['stale stale']);
      assert.equal(poller.getSnapshot().links.links.length, 3);
    });
  }

  it('leaves nothing on its signal once it is stopped, and obeys it again once it is started again', () => {
    const controller = new AbortController();
    const asked: AbortSignal[] = [];
    const { poller } = poll({
      sources: { links: 'http://127.0.0.1:9/' },
      signal: controller.signal,
      fetch: (_url, init) => {
        asked.push(init?.signal as AbortSignal);
        return new Promise(() => undefined);
      },
    });
    for (let times = 0; times < 3; times += 1) {
      poller.start();
      poller.stop();
    }
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    poller.start();
    controller.abort();
    assert.equal(asked.at(-1)?.aborted, true);
  });

  it('never throws: not for a fetch that does, nor for a listener that does', async () => {
    const { poller, begin, step } = poll({
      sources: { links: 'not a url' },
      fetch: () => {
        throw new Error('no network');
      },
    });
    poller.subscribe(() => {
      throw new Error('a bad listener');
    });
    assert.equal((await begin()).links.status, 'absent');
    assert.equal((await step()).links.status, 'absent');
  });

  it('asks where a session says that its relay is', () => {
    const relay = { public_ip: '203.0.113.9', srt_port: 5000, player_port: 4000, stats_port: 5080, sls_port: 8090 };
    const credentials = { pair_token: 'p', stream_token: 'a/b' } as never;
    assert.deepEqual(telemetrySourcesOf({ relay, credentials }), {
      links: 'http://203.0.113.9:5080/stats',
      sls: 'http://203.0.113.9:8090/stats/play_a%2Fb?legacy=1',
    });
    assert.deepEqual(telemetrySourcesOf({ relay }), { links: 'http://203.0.113.9:5080/stats' });
    assert.deepEqual(telemetrySourcesOf({ relay: { ...relay, public_ip: '' }, credentials }), {});
  });
});
