import assert from 'node:assert/strict';
import pg from 'pg';
import { type NotificationListener, startListener } from '../../src/database/listener.ts';
import { ACCOUNT_CHANNEL, createUserCache } from '../../src/features/account-view/index.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { createStillClock } from '../support/still-clock.ts';
import { createTestDatabase } from '../support/test-run.ts';

const START = '2026-05-12T09:00:00.000Z';

/** A cache that may be used while `current` says so, and what it told of its reads. */
function makeCache(mostUsers = 100) {
  const state = { current: true, reads: [] as string[], drops: [] as string[] };
  const clock = createStillClock(START);
  const cache = createUserCache({
    clock,
    isCurrent: () => state.current,
    onRead: (result) => state.reads.push(result),
    onDrop: (cause) => state.drops.push(cause),
    mostUsers,
  });
  let asked = 0;
  const read = (userId: string, key = 'key') => cache.read(userId, key, async () => ++asked);
  return { cache, clock, state, read };
}

describe('What is kept of accounts', () => {
  it('is loaded once, and again after a change of that user alone', async () => {
    const { cache, state, read } = makeCache();
    assert.deepEqual([await read('a'), await read('b'), await read('a'), await read('b')], [1, 2, 1, 2]);
    cache.drop('a', 'notice');
    assert.deepEqual([await read('a'), await read('b'), await read('a')], [3, 2, 3]);
    assert.deepEqual(state.reads, ['miss', 'miss', 'hit', 'hit', 'miss', 'hit', 'hit']);
    assert.deepEqual(state.drops, ['notice']);
  });

  it('goes as a whole: one change forgets every part of a user', async () => {
    const { cache, read } = makeCache();
    assert.deepEqual([await read('a', 'one'), await read('a', 'two')], [1, 2]);
    cache.drop('a', 'own');
    assert.deepEqual([await read('a', 'one'), await read('a', 'two')], [3, 4]);
  });

  it('goes but for what is steady after a heartbeat', async () => {
    const { cache, state } = makeCache();
    let asked = 0;
    const read = (key: string, steady: boolean) => cache.read('a', key, async () => ++asked, { steady });
    const readBoth = async () => [await read('sign-in', true), await read('sessions', false)];
    assert.deepEqual(await readBoth(), [1, 2]);
    cache.dropMarks('a', 'notice');
    assert.deepEqual(await readBoth(), [1, 3]);
    cache.dropMarks('b', 'notice');
    cache.drop('a', 'own');
    assert.deepEqual(await readBoth(), [4, 5]);
    assert.deepEqual(state.drops, ['notice', 'own']);
  });

  it('is what a load brings that began before a heartbeat only if it is steady', async () => {
    const { cache, read } = makeCache();
    for (const steady of [true, false]) {
      const slow = Promise.withResolvers<number>();
      const before = cache.read('a', 'key', () => slow.promise, { steady });
      cache.dropMarks('a', 'own');
      slow.resolve(-1);
      await before;
      assert.equal(await read('a'), steady ? -1 : 1);
      cache.drop('a', 'own');
    }
  });

  for (const [name, forget] of [
    ['a change of the user', (cache) => cache.drop('a', 'notice')],
    ['a reconnection', (cache) => cache.clear('reconnect')],
  ] satisfies [string, (cache: ReturnType<typeof makeCache>['cache']) => void][]) {
    it(`is never what a load brings that began before ${name}`, async () => {
      const { cache, read } = makeCache();
      const slow = Promise.withResolvers<number>();
      const before = cache.read('a', 'key', () => slow.promise);
      forget(cache);
      slow.resolve(-1);
      assert.equal(await before, -1);
      assert.equal(await read('a'), 1);
    });
  }

  it('is neither used nor added to while changes may go unheard', async () => {
    const { state, read } = makeCache();
    assert.equal(await read('a'), 1);
    state.current = false;
    assert.deepEqual([await read('a'), await read('a')], [2, 3]);
    state.current = true;
    assert.equal(await read('a'), 1, 'nothing was lost, so it is good again');
    assert.deepEqual(state.reads, ['miss', 'bypass', 'bypass', 'hit']);
  });

  it('is not used from the moment on that it was good until', async () => {
    const { cache, clock } = makeCache();
    let asked = 0;
    const until = () => new Date(Date.parse(START) + 10_000);
    const read = () => cache.read('a', 'key', async () => ++asked, { until });
    assert.equal(await read(), 1);
    clock.forward(9.999);
    assert.equal(await read(), 1);
    clock.forward(0.001);
    assert.deepEqual([await read(), await read(), cache.peek('a', 'key')], [2, 3, undefined]);
  });

  it('is bounded: the user who was not asked for the longest goes first', async () => {
    const { read } = makeCache(2);
    assert.deepEqual([await read('a'), await read('b'), await read('a'), await read('c')], [1, 2, 1, 3]);
    assert.deepEqual([await read('a'), await read('b')], [1, 4]);
  });

  it('is bounded for one user too', async () => {
    const { read } = makeCache();
    for (let part = 1; part <= 33; part += 1) assert.equal(await read('a', `part ${part}`), part);
    assert.deepEqual([await read('a', 'part 2'), await read('a', 'part 1')], [2, 34]);
  });
});

describe('A listener whose connection goes dead without breaking', () => {
  const PING_MS = 200;
  let own: Awaited<ReturnType<typeof createTestDatabase>>;
  let proxy: DatabaseProxy;
  let listener: NotificationListener;
  before(async () => {
    own = await createTestDatabase();
    proxy = await openDatabaseProxy(own.url);
    listener = await startListener({
      url: proxy.url,
      channels: [ACCOUNT_CHANNEL],
      onError: () => {},
      pingMs: PING_MS,
    });
  });
  after(async () => {
    await listener.stop();
    await proxy.close();
    await own.drop();
  });

  it('stops being current after two pings at the latest, and is current again once it has connected anew', async () => {
    let reconnected = 0;
    const seen: boolean[] = [];
    listener.onReconnect(() => {
      reconnected += 1;
      seen.push(listener.connected);
    });
    await eventually(() => assert.equal(listener.isCurrent, true));
    proxy.hang();
    const deadSince = performance.now();
    while (listener.isCurrent) {
      assert.ok(performance.now() - deadSince <= 2 * PING_MS + 1_000, 'it is believed for too long');
      await new Promise(setImmediate);
    }
    await eventually(() => assert.equal(listener.connected, false, 'given up'));
    await proxy.cut();
    proxy.resume();
    await proxy.restore();
    await eventually(() => assert.equal(listener.isCurrent, true), { timeoutMs: 15_000 });
    assert.deepEqual([reconnected, seen], [1, [true]]);
    const heard = new Promise<string>((resolve) => listener.on(ACCOUNT_CHANNEL, resolve));
    const client = new pg.Client({ connectionString: own.url });
    await client.connect();
    await client.query(`notify ${ACCOUNT_CHANNEL}, 'usr_1'`);
    await client.end();
    assert.equal(await heard, 'usr_1');
  }).timeout(30_000);
});
