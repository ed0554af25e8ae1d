import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { TelemyApiError, TelemyNetworkError } from '../../../src/sdk/index.ts';
import type { WireFault } from '../../support/fault-proxy.ts';
import { useSdkLab } from '../../support/sdk-lab.ts';

const FAULTS: WireFault[] = ['reset', 'lost', 'half', 'bad_gateway', 'unavailable', 'garbage', 'slow'];

describe('On a bad network', () => {
  const lab = useSdkLab({ roles: ['api'] });
  const sessionsOf = (userId: string) => lab().app.database('relay_sessions').where({ user_id: userId });

  for (const fault of FAULTS) {
    it(`a start that meets "${fault}" ends in one relay, under one key`, async () => {
      const { proxy } = lab();
      const { client, device } = await lab().newUser();
      const from = proxy.calls.length;
      proxy.fail('/relay/start', fault);
      const { session, outcome } = await client.startRelay({ connection_id: randomUUID() });
      assert.equal((await sessionsOf(device.user.id)).length, 1);
      assert.equal((await sessionsOf(device.user.id))[0].id, session.session_id);
      assert.equal(outcome, fault === 'lost' || fault === 'half' ? 'replayed' : 'created');
      const keys = proxy.calls.slice(from).map(({ headers }) => headers['idempotency-key']);
      assert.equal(new Set(keys).size, 1);
      assert.equal(keys.length, fault === 'slow' ? 1 : 2);
    });

    it(`a stop that meets "${fault}" ends in a stopped relay`, async () => {
      const { client, device } = await lab().newUser();
      const { session } = await client.startRelay({});
      lab().proxy.fail('/relay/stop', fault);
      const stopped = await client.stopRelay({ session_id: session.session_id });
      assert.equal(stopped.status, 'provisioning', 'the wish is noted');
      assert.equal((await sessionsOf(device.user.id))[0].stop_requested_at !== null, true);
    });

    it(`a refresh that meets "${fault}" ends in new tokens, and in no sign-out`, async () => {
      const { app, proxy } = lab();
      const { client, store, device } = await lab().newUser();
      await app.advanceClock(901);
      proxy.fail('/auth/refresh', fault);
      assert.equal((await client.getSession()).user.id, device.user.id);
      const tokens = await store.load();
      assert.notEqual(tokens?.refreshToken, device.refreshToken);
      await app.advanceClock(901);
      await client.getSession();
      const rows = await app.database('auth_sessions').where({ user_id: device.user.id });
      assert.deepEqual([rows.length, rows[0].revoked_at], [1, null]);
    });
  }

  it('a refresh that is never answered leaves the tokens as they are, and the next call tries again', async () => {
    const { app, proxy } = lab();
    const { client, store, device } = await lab().newUser();
    await app.advanceClock(901);
    proxy.fail('/auth/refresh', ...Array<WireFault>(4).fill('lost'));
    await assert.rejects(client.getSession(), TelemyNetworkError);
    assert.equal((await store.load())?.refreshToken, device.refreshToken);
    assert.equal((await client.getSession()).user.id, device.user.id);
  });

  it('what could be done twice is sent once', async () => {
    const { proxy } = lab();
    const { client } = await lab().newUser();
    for (const [path, call] of [
      ['/user/regenerate-token', () => client.regenerateStreamToken(1)],
      ['/billing/checkout', () => client.createCheckout({ plan: 'pro' })],
      ['/relay/stop', () => client.stopRelay({})],
      ['/relay/health', () => client.heartbeat({ session_id: 'ses_1', instance_id: 'i' })],
    ] as const) {
      const from = proxy.calls.length;
      proxy.fail(path, 'lost');
      await assert.rejects(call(), TelemyNetworkError);
      assert.equal(proxy.calls.length - from, 1, path);
    }
  });

  it('a call is given up after four tries, with what the last one met', async () => {
    const { proxy } = lab();
    const { client } = await lab().newUser();
    const from = proxy.calls.length;
    proxy.always = 'bad_gateway';
    const error = await client.getUsage().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof TelemyApiError);
    assert.deepEqual([error.status, error.code], [502, 'unknown']);
    assert.equal(proxy.calls.length - from, 4);
  });

  it('tells a network that does not answer from a server that refuses, and an unreadable answer from both', async () => {
    const { proxy } = lab();
    const { client } = await lab().newUser();
    const kindOf = (error: unknown) => (error instanceof TelemyNetworkError ? error.kind : String(error));
    for (const [fault, kind] of [
      ['reset', 'unreachable'],
      ['garbage', 'bad_answer'],
      ['half', 'bad_answer'],
    ] as const) {
      proxy.always = fault;
      assert.equal(kindOf(await client.getUsage().catch((error: unknown) => error)), kind, fault);
    }
  });

  it('waits no longer than it was told to, and says that it was the time', async () => {
    const { proxy, client } = lab();
    const { device } = await lab().newUser();
    proxy.slowMs = 500;
    proxy.always = 'slow';
    const impatient = client(device, { timeoutMs: 2_000 }).client;
    const error = await impatient.getUsage().catch((thrown: unknown) => thrown);
    assert.equal(error instanceof TelemyNetworkError && error.kind, 'timeout');
  });

  it('ends at once when it is aborted: while it waits for an answer, and while it waits to try again', async () => {
    const { proxy } = lab();
    const { client } = await lab().newUser();
    for (const fault of ['slow', 'unavailable'] as const) {
      const controller = new AbortController();
      const from = proxy.calls.length;
      proxy.always = fault;
      const call = client.getUsage({ signal: controller.signal });
      const reason = new Error('closing');
      controller.abort(reason);
      await assert.rejects(call, (error) => error === reason);
      assert.ok(proxy.calls.length - from <= 1);
    }
    const aborted = AbortSignal.abort(new Error('before'));
    await assert.rejects(client.getUsage({ signal: aborted }), /before/);
  });
});
