import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sampleOf, scrape } from '../observability/scrape.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start, waitForStatus } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { startTestApp, type TestApp, useApp } from '../support/test-app.ts';
import { assertInvariants, countStatuses, RACES_LIMIT_MS, ROUNDS, sessionIds, together } from './races.ts';

describe('Parallel starts at two servers on one database', () => {
  const first = useApp({ roles: ['api', 'worker'] });
  let second: TestApp;
  before(async () => {
    second = await startTestApp({ roles: ['api'], databaseUrl: first().databaseUrl });
  });
  after(() => second.stop());
  const either = (index: number): TestApp => (index % 2 === 0 ? first() : second);

  it('50 with one key make one session, whose relay comes up: 1×201, 49×200', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(either(round));
      const key = randomUUID();
      const answers = await together(50, (index) => start(either(index), token, {}, key));
      assert.deepEqual(countStatuses(answers), { 200: 49, 201: 1 });
      assert.equal(sessionIds(answers).length, 1);
      await waitForStatus(second, token, answers[0]?.body.session, 'active');
      assert.equal(await assertInvariants(first(), user.id, 3), 1);
    }
  }).timeout(RACES_LIMIT_MS);

  it('50 with distinct keys for one connection make one session: 1×201, 49×200', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(either(round));
      const connection_id = randomUUID();
      const answers = await together(50, (index) => start(either(index), token, { connection_id }));
      assert.deepEqual(countStatuses(answers), { 200: 49, 201: 1 });
      assert.equal(sessionIds(answers).length, 1);
      await waitForStatus(second, token, answers[0]?.body.session, 'active');
      assert.equal(await assertInvariants(first(), user.id, 3), 1);
    }
  }).timeout(RACES_LIMIT_MS);
});

describe('A long poll at one of two servers on one database, for what the other one changes', () => {
  const other = useApp({ roles: ['api'] });
  let proxy: DatabaseProxy;
  let server: TestApp;
  before(async () => {
    const { databaseUrl } = other();
    proxy = await openDatabaseProxy(databaseUrl);
    server = await startTestApp({ roles: ['api'], databaseUrl, directUrl: proxy.url });
  });
  after(async () => {
    await server?.stop();
    await proxy?.close();
  });

  /** Polls at the server, and starts a relay at the other one when `meanwhile` is over; how long that took to be seen, in ms. */
  async function pollAndStart(meanwhile: () => Promise<void>, then: () => Promise<void>): Promise<number> {
    const { token } = await signInNewUser(other());
    const poll = call(server, 'GET', '/relay/active?wait_seconds=25', { token });
    await eventually(async () => assert.equal(await gauge('telemy_waiting_polls'), 1));
    await meanwhile();
    const began = performance.now();
    const started = await start(other(), token);
    await then();
    assert.equal((await poll).body.session.session_id, started.body.session.session_id);
    return performance.now() - began;
  }
  const gauge = async (name: string) => sampleOf(await scrape(server), name);
  const cut = async () => {
    await proxy.cut();
    await eventually(async () => assert.equal(await gauge('telemy_database_listener_connected'), 0));
  };
  const nothing = async () => {};

  it('answers at once', async () => {
    assert.ok((await pollAndStart(nothing, nothing)) < 10_000);
  });

  it('answers within seconds where its listener is cut off before the change and comes back behind it', async () => {
    assert.ok((await pollAndStart(cut, () => proxy.restore())) < 10_000);
    await eventually(async () => assert.equal(await gauge('telemy_database_listener_connected'), 1), {
      timeoutMs: 15_000,
    });
  }).timeout(40_000);

  it('answers within seconds where its listener stays away', async () => {
    assert.ok((await pollAndStart(cut, nothing)) < 10_000);
    await proxy.restore();
  }).timeout(40_000);
});
