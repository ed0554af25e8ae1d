import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { assertError, faultPaths } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('startRelay 400', () => {
  const app = useApp({ roles: ['api'] });

  /** Asserts that the account has no session, so that nothing was started. */
  async function assertNothingStarted(token: string): Promise<void> {
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204);
  }

  it('tells the supported regions when the one asked for is unknown, and never takes another one', async () => {
    const { token } = await signInNewUser(app());
    for (const region_preference of ['mars-1', 'us-east-2', 'us_east', 'us-east-1,eu-west-1']) {
      const answer = await start(app(), token, { region_preference });
      assert.deepEqual(faultPaths(answer), ['/body/region_preference']);
      const supported: string[] = answer.body.error.details.supported_regions;
      for (const name of ['us-east-1', 'eu-west-1', 'us-east', 'eu-west']) assert.ok(supported.includes(name), name);
      assert.equal(supported.includes(region_preference), false);
    }
    await assertNothingStarted(token);
  });

  it('needs an Idempotency-Key that is a UUID version 4', async () => {
    const { token } = await signInNewUser(app());
    const v1 = '2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d';
    const v7 = '019aa1c3-0000-7100-92a3-b4c5d6e7f809';
    const badVariant = '0b7e9a52-3c1d-4f6e-1a7b-8c2d1e0f5a64';
    for (const key of [v1, v7, badVariant, '{0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64}', 'again', ' ']) {
      assert.deepEqual(faultPaths(await start(app(), token, {}, key)), ['/header/idempotency-key'], key);
    }
    const missing = await call(app(), 'POST', '/relay/start', { token, body: {} });
    assert.deepEqual(faultPaths(missing), ['/header/idempotency-key']);
    await assertNothingStarted(token);
  });

  it('lists all faults of a request at once', async () => {
    const { token } = await signInNewUser(app());
    const body = {
      connection_id: 'the first one',
      region_preference: 7,
      stream_token: '',
      stream_slot: 0,
      client_context: { obs_connected: 'perhaps', mode: 'a\u0000b', requested_by: 'x'.repeat(65) },
    };
    assert.deepEqual(faultPaths(await start(app(), token, body, 'no key')), [
      '/body/client_context/mode',
      '/body/client_context/obs_connected',
      '/body/client_context/requested_by',
      '/body/connection_id',
      '/body/region_preference',
      '/body/stream_slot',
      '/body/stream_token',
      '/header/idempotency-key',
    ]);
  });

  for (const body of ['', 'null', '[]', '"start"', '{', '{} {}', '{"connection_id":"5f0c8a9e\u0000"}']) {
    it(`refuses the body ${JSON.stringify(body)}`, async () => {
      const { token } = await signInNewUser(app());
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
      assertError(await call(app(), 'POST', '/relay/start', { token, body, headers }), 400, 'invalid_request');
      await assertNothingStarted(token);
    });
  }

  it('takes only a stream token of the caller, as it is now', async () => {
    const { token, login } = await signInNewUser(app());
    const other = await signInNewUser(app());
    await call(app(), 'POST', '/user/regenerate-token', { token, body: { slot_number: 2 } });
    const foreign = other.login.body.stream_slots[0].stream_token;
    const outdated = login.body.stream_slots[1].stream_token;
    for (const stream_token of [foreign, outdated, 'nobodys']) {
      assert.deepEqual(faultPaths(await start(app(), token, { stream_token })), ['/body/stream_token']);
    }
    await assertNothingStarted(token);
  });

  it('takes only slots that the plan allows now', async () => {
    const { token, user, login } = await signInNewUser(app(), 'pro');
    assert.deepEqual(faultPaths(await start(app(), token, { stream_slot: 4 })), ['/body/stream_slot']);
    await app().database('users').where({ id: user.id }).update({ plan_tier: 'starter' });
    assert.deepEqual(faultPaths(await start(app(), token, { stream_slot: 2 })), ['/body/stream_slot']);
    const { stream_token } = login.body.stream_slots[1];
    assert.deepEqual(faultPaths(await start(app(), token, { stream_token })), ['/body/stream_token']);
    await assertNothingStarted(token);
  });

  it("refuses somebody else's token even where there is nothing to start, and before the plan is looked at", async () => {
    const [other, mine] = [await signInNewUser(app()), await signInNewUser(app(), 'starter')];
    const { stream_token } = other.login.body.stream_slots[0];
    assert.equal((await start(app(), mine.token)).status, 201);
    assert.deepEqual(faultPaths(await start(app(), mine.token, { stream_token })), ['/body/stream_token']);
    const free = await signInNewUser(app(), 'free');
    assert.deepEqual(faultPaths(await start(app(), free.token, { stream_token })), ['/body/stream_token']);
  });

  it('takes the token that the live session was started with, although its slot has another one by now', async () => {
    const { token, login } = await signInNewUser(app());
    const { stream_token } = login.body.stream_slots[0];
    const first = await start(app(), token, { stream_token });
    await call(app(), 'POST', '/user/regenerate-token', { token, body: { slot_number: 1 } });
    const again = await start(app(), token, { stream_token });
    assert.deepEqual([again.status, again.body.session.session_id], [200, first.body.session.session_id]);
  });

  it("lists an unknown region, somebody else's token and a broken header all at once", async () => {
    const { token } = await signInNewUser(app());
    const answer = await start(app(), token, { region_preference: 'mars-1', stream_token: 'nobodys' });
    assert.deepEqual(faultPaths(answer), ['/body/region_preference', '/body/stream_token']);
    const headers = { 'Content-Type': 'application/json' };
    const broken = await call(app(), 'POST', '/relay/start', { token, headers, body: '{bad' });
    assert.deepEqual(faultPaths(broken), ['/body', '/header/idempotency-key']);
  });

  it('refuses a token and a number that are of different slots', async () => {
    const { token, login } = await signInNewUser(app());
    const { stream_token } = login.body.stream_slots[0];
    assert.deepEqual(faultPaths(await start(app(), token, { stream_token, stream_slot: 2 })), ['/body/stream_slot']);
  });

  it('does not bind the key: mended, the same start succeeds', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    faultPaths(await start(app(), token, { region_preference: 'mars-1' }, key));
    faultPaths(await start(app(), token, { stream_token: 'nobodys' }, key));
    assert.equal((await start(app(), token, { stream_slot: 1 }, key)).status, 201);
  });
});
