import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { type SlsHost, type SlsHostOptions, startSlsHost } from '../support/sls-host/index.ts';

const KEY = 'an-api-key';
const STREAM = { publisher: 'live_1', player: 'play_1', description: 'ses_1' };

describe('SLS host stand-in', () => {
  let host: SlsHost;
  let started: SlsHost[];

  beforeEach(async () => {
    started = [];
    host = await start();
  });

  afterEach(async () => {
    await Promise.all(started.map((one) => one.close()));
  });

  async function start(options: Partial<SlsHostOptions> = {}): Promise<SlsHost> {
    const one = await startSlsHost({ apiKey: KEY, ...options });
    started.push(one);
    return one;
  }

  function send(method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://${host.ip}:${host.apiPort}${path}`, {
      method,
      headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...init,
    });
  }

  async function call(...request: Parameters<typeof send>) {
    const response = await send(...request);
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async function statusOf(...request: Parameters<typeof send>): Promise<number> {
    return (await call(...request)).status;
  }

  async function linkStats(path = '/stats') {
    const response = await fetch(`http://${host.ip}:${host.statsPort}${path}`);
    return { status: response.status, body: await response.json() };
  }

  describe('stream ids', () => {
    it('adds a stream id with 200 and lists it in its envelope', async () => {
      const added = await call('POST', '/api/stream-ids', STREAM);
      assert.equal(added.status, 200);
      assert.deepEqual(added.body, { status: 'success', message: 'Stream ID added successfully' });
      const { status, body } = await call('GET', '/api/stream-ids');
      assert.equal(status, 200);
      assert.deepEqual(body, { status: 'success', data: [STREAM] });
      assert.deepEqual(host.streams(), [STREAM]);
    });

    it('leaves an empty description out of its list', async () => {
      const { publisher, player } = STREAM;
      assert.equal(await statusOf('POST', '/api/stream-ids', { publisher, player }), 200);
      assert.deepEqual((await call('GET', '/api/stream-ids')).body.data, [{ publisher, player }]);
      assert.deepEqual(host.streams(), [{ publisher, player, description: '' }]);
    });

    it('refuses a player that exists with 409 and keeps the first', async () => {
      host.addStream(STREAM);
      const { status, body } = await call('POST', '/api/stream-ids', { ...STREAM, publisher: 'live_2' });
      assert.equal(status, 409);
      assert.deepEqual(body, { status: 'error', message: "Stream ID with player 'play_1' already exists" });
      assert.deepEqual(host.streams(), [STREAM]);
    });

    it('makes one stream id of many identical calls at once', async () => {
      const statuses = await Promise.all(Array.from({ length: 10 }, () => statusOf('POST', '/api/stream-ids', STREAM)));
      assert.deepEqual(statuses.sort(), [200, ...Array(9).fill(409)]);
    });

    it('allows a publisher a second player, as the real server does', async () => {
      host.addStream(STREAM);
      assert.equal(await statusOf('POST', '/api/stream-ids', { ...STREAM, player: 'play_2' }), 200);
    });

    const unfit: [string, unknown][] = [
      ['no body', undefined],
      ['a body that is not JSON', '{'],
      ['null', 'null'],
      ['a list', [STREAM]],
      ['no publisher', { player: 'play_1' }],
      ['no player', { publisher: 'live_1' }],
      ['a player that is no text', { ...STREAM, player: 1 }],
      ['a description that is no text', { ...STREAM, description: 1 }],
    ];
    for (const [what, body] of unfit) {
      it(`refuses ${what} with 400`, async () => {
        const answer = await call('POST', '/api/stream-ids', body);
        assert.deepEqual([answer.status, answer.body.status], [400, 'error']);
        assert.deepEqual(host.streams(), []);
      });
    }

    it('deletes by the player id, once', async () => {
      host.addStream({ ...STREAM, player: 'play 1' });
      assert.equal(await statusOf('DELETE', '/api/stream-ids/live_1'), 404);
      const { status, body } = await call('DELETE', '/api/stream-ids/play%201');
      assert.equal(status, 200);
      assert.deepEqual(body, { status: 'success', message: 'Stream ID deleted successfully' });
      assert.deepEqual(host.streams(), []);
      const again = await call('DELETE', '/api/stream-ids/play%201');
      assert.equal(again.status, 404);
      assert.deepEqual(again.body, { status: 'error', message: 'Stream ID not found' });
    });

    it('refuses a wrong or missing key with 401 on each call, and changes nothing', async () => {
      host.addStream(STREAM);
      for (const headers of [{}, { Authorization: KEY }, { Authorization: 'Bearer other' }] as HeadersInit[]) {
        assert.equal(await statusOf('GET', '/api/stream-ids', undefined, { headers }), 401);
        assert.equal(await statusOf('POST', '/api/stream-ids', { ...STREAM, player: 'p' }, { headers }), 401);
        assert.equal(await statusOf('DELETE', '/api/stream-ids/play_1', undefined, { headers }), 401);
      }
      assert.deepEqual(host.streams(), [STREAM]);
    });
  });

  describe('open calls', () => {
    it('is healthy without a key', async () => {
      const { status, body } = await call('GET', '/health', undefined, { headers: {} });
      assert.deepEqual([status, body.status], [200, 'ok']);
    });

    it('tells players it knows from others, without a key', async () => {
      host.addStream(STREAM);
      for (const query of ['', '?legacy=1']) {
        const known = await call('GET', `/stats/play_1${query}`, undefined, { headers: {} });
        assert.deepEqual([known.status, known.body.status, known.body.publishers], [200, 'ok', {}]);
        const unknown = await call('GET', `/stats/play_2${query}`, undefined, { headers: {} });
        assert.deepEqual([unknown.status, unknown.body.status], [404, 'error']);
      }
    });

    it('serves link statistics at a port of their own', async () => {
      assert.deepEqual(await linkStats(), { status: 200, body: { groups: [] } });
      assert.equal((await linkStats('/health')).status, 404);
      assert.equal(await statusOf('GET', '/stats'), 404);
    });
  });

  describe('drift', () => {
    it('lets another hand add and remove stream ids, and gives out copies only', async () => {
      assert.equal(host.addStream({ publisher: 'live_1', player: 'play_1' }), true);
      assert.equal(host.addStream(STREAM), false);
      for (const copy of host.streams()) copy.player = 'changed';
      assert.equal(await statusOf('GET', '/stats/play_1'), 200);
      assert.equal(host.removeStream('play_1'), true);
      assert.equal(host.removeStream('play_1'), false);
      assert.equal(await statusOf('GET', '/stats/play_1'), 404);
    });

    it('forgets all stream ids', async () => {
      for (const player of ['play_1', 'play_2']) host.addStream({ ...STREAM, player });
      host.forgetStreams();
      assert.deepEqual((await call('GET', '/api/stream-ids')).body.data, []);
      assert.equal(await statusOf('POST', '/api/stream-ids', STREAM), 200);
    });
  });

  describe('faults', () => {
    const refused = (error: { cause?: { code?: string } }) => error.cause?.code === 'ECONNREFUSED';

    it('refuses connections at both ports while it is down, and comes back with its stream ids', async () => {
      host.addStream(STREAM);
      const { apiPort, statsPort } = host;
      await host.goDown();
      await assert.rejects(send('GET', '/health'), refused);
      await assert.rejects(linkStats(), refused);
      await host.comeUp();
      assert.deepEqual([host.apiPort, host.statsPort], [apiPort, statsPort]);
      assert.equal(await statusOf('GET', '/stats/play_1'), 200);
      assert.equal((await linkStats()).status, 200);
    });

    it('cuts connections without doing anything', async () => {
      host.faults = [{ kind: 'down', count: 1 }];
      await assert.rejects(send('POST', '/api/stream-ids', STREAM), TypeError);
      assert.deepEqual(host.streams(), []);
      assert.equal(await statusOf('POST', '/api/stream-ids', STREAM), 200);
    });

    it('answers with the status of a fault without doing anything', async () => {
      host.faults = [{ kind: 'error', count: 1 }, { kind: 'error', status: 503, count: 1 }, { kind: 'throttled' }];
      for (const status of [500, 503, 429]) assert.equal(await statusOf('POST', '/api/stream-ids', STREAM), status);
      assert.deepEqual(host.streams(), []);
    });

    it('loses answers of calls that it carried out, so that a retry finds the player there', async () => {
      host.faults = [{ kind: 'lost', methods: ['POST', 'DELETE'] }];
      await assert.rejects(send('POST', '/api/stream-ids', STREAM), TypeError);
      assert.deepEqual(host.streams(), [STREAM]);
      await assert.rejects(send('DELETE', '/api/stream-ids/play_1'), TypeError);
      assert.deepEqual(host.streams(), []);
    });

    it('loses the share of answers that chance decides', async () => {
      const draws = [0.5, 0.49, 0.99, 0];
      host = await start({ random: () => draws.shift() ?? 1, faults: [{ kind: 'lost', share: 0.5 }] });
      const answered: boolean[] = [];
      for (let calls = 0; calls < 4; calls += 1) {
        const arrives = send('GET', '/health').then(
          () => true,
          () => false,
        );
        answered.push(await arrives);
      }
      assert.deepEqual(answered, [true, false, true, false]);
    });

    it('hangs until the client gives up, or the host is closed', async () => {
      host.faults = [{ kind: 'hang', path: /^\/api/ }];
      const giveUp = new AbortController();
      const left = assert.rejects(send('POST', '/api/stream-ids', STREAM, { signal: giveUp.signal }), {
        name: 'AbortError',
      });
      const cut = assert.rejects(send('GET', '/api/stream-ids'), TypeError);
      await eventually(() => assert.equal(host.calls.length, 2));
      assert.equal(await statusOf('GET', '/health'), 200);
      giveUp.abort();
      await left;
      await host.close();
      await cut;
      assert.deepEqual(host.streams(), []);
    });

    it('answers a slow call in the end', async () => {
      host.faults = [{ kind: 'slow', delayMs: 20 }];
      const startedMs = performance.now();
      assert.equal(await statusOf('POST', '/api/stream-ids', STREAM), 200);
      // Timers may fire a little early.
      assert.ok(performance.now() - startedMs > 15);
    });

    it('hits one port and not the other, by path', async () => {
      host.faults = [{ kind: 'error', path: /^\/stats$/ }];
      assert.equal((await linkStats()).status, 500);
      assert.equal(await statusOf('GET', '/health'), 200);
    });
  });

  it('remembers the calls of both ports, what they came to and the fault that they met', async () => {
    host.faults = [{ kind: 'lost', methods: ['POST'] }];
    await assert.rejects(send('POST', '/api/stream-ids', STREAM));
    await linkStats();
    assert.deepEqual(
      host.calls.map(({ method, path, body, status, fault }) => [method, path, body, status, fault]),
      [
        ['POST', '/api/stream-ids', STREAM, 200, 'lost'],
        ['GET', '/stats', undefined, 200, undefined],
      ],
    );
  });

  it('runs a dozen hosts side by side, each at an address of its own and with its own stream ids', async () => {
    const hosts = await Promise.all(Array.from({ length: 12 }, () => start()));
    const places = new Set(hosts.map(({ ip, apiPort }) => (process.platform === 'linux' ? ip : `${ip}:${apiPort}`)));
    assert.equal(places.size, 12);
    for (const [index, one] of hosts.entries()) {
      host = one;
      assert.equal(await statusOf('POST', '/api/stream-ids', { ...STREAM, player: `play_${index}` }), 200);
    }
    assert.deepEqual(
      hosts.map((one) => one.streams().map(({ player }) => player)),
      hosts.map((_, index) => [`play_${index}`]),
    );
  });
});
