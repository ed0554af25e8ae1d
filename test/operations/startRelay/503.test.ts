import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser, start } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError, useFaults } from '../../support/relay-calls.ts';
import { type TestApp, useApp } from '../../support/test-app.ts';

/** How old the known capacity may become, in seconds. */
const FRESH_SECONDS = 15;

/** Takes all capacity away, and waits until the service knows; each try is of a user of its own. */
async function fillUp(app: TestApp): Promise<void> {
  await app.provider.faults.set({ no_capacity: true });
  await app.advanceClock(FRESH_SECONDS);
  await eventually(async () => {
    const { token } = await signInNewUser(app, 'internal');
    assert.equal((await start(app, token)).status, 503);
  });
}

/** Lets the service know that there is room, whatever it knew before. */
async function makeRoom(app: TestApp): Promise<void> {
  await app.advanceClock(FRESH_SECONDS);
  const { token } = await signInNewUser(app, 'internal');
  assert.equal((await start(app, token)).status, 201);
}

describe('startRelay 503', () => {
  const app = useApp();
  useFaults(app);
  beforeEach(() => makeRoom(app()));

  it('is capacity_unavailable with Retry-After while no region has room, and makes no session', async () => {
    const { token } = await signInNewUser(app());
    await fillUp(app());
    const answer = await start(app(), token);
    assert.deepEqual(assertError(answer, 503, 'capacity_unavailable').details, {});
    assert.match(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204);
    const { body } = await call(app(), 'GET', '/auth/session', { token });
    assert.equal(body.entitlement.active_managed_conns, 0);
  });

  it('comes last: after the key, the live session, entitlement, the limit and the slot', async () => {
    const owner = await signInNewUser(app(), 'starter');
    const [key, connection_id] = [randomUUID(), randomUUID()];
    assert.equal((await start(app(), owner.token, { connection_id }, key)).status, 201);
    const free = await signInNewUser(app(), 'free');
    const { token } = await signInNewUser(app());
    await fillUp(app());
    assert.equal((await start(app(), owner.token, { connection_id }, key)).status, 200);
    assert.equal((await start(app(), owner.token, { connection_id })).status, 200);
    assertError(await start(app(), owner.token), 403, 'connection_limit_reached');
    assertError(await start(app(), free.token), 403, 'entitlement_denied');
    assertError(await start(app(), token, { stream_token: 'nobodys' }), 400, 'invalid_request');
    assertError(await start(app(), token), 503, 'capacity_unavailable');
  });

  it('asks the provider again after 15 seconds, and does not bind the key', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    await fillUp(app());
    assertError(await start(app(), token, {}, key), 503, 'capacity_unavailable');
    await app().provider.faults.reset();
    assertError(await start(app(), token, {}, key), 503, 'capacity_unavailable');
    await app().advanceClock(FRESH_SECONDS);
    const { status, headers } = await start(app(), token, {}, key);
    assert.equal(status, 201);
    assert.equal(headers.get('Idempotent-Replayed'), null);
  });

  it('is not given while any region has room', async () => {
    const { token } = await signInNewUser(app());
    await app().provider.faults.set({ no_capacity: ['us-east-1'] });
    await app().advanceClock(FRESH_SECONDS);
    for (const connection_id of [randomUUID(), randomUUID()]) {
      const { status } = await start(app(), token, { connection_id, region_preference: 'eu-west-1' });
      assert.equal(status, 201);
    }
  });
});
