import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createTelemyClient, TelemyApiError, type TelemyClientOptions } from '../../../src/sdk/index.ts';
import { createMemoryTokenStore } from '../../../src/sdk/token-stores.ts';
import { useSdkLab } from '../../support/sdk-lab.ts';

const OPTIONS = { tokenStore: createMemoryTokenStore(), clientVersion: '1.0.0' };
const make = (more: Partial<TelemyClientOptions>) =>
  createTelemyClient({ baseUrl: 'https://api.example.com', ...OPTIONS, ...more });

describe('A client', () => {
  for (const [given, used] of [
    ['https://api.example.com', 'https://api.example.com/api/v1'],
    ['https://api.example.com/', 'https://api.example.com/api/v1'],
    ['https://api.example.com:8443/telemy/', 'https://api.example.com:8443/telemy/api/v1'],
    ['https://api.example.com/api/v1/', 'https://api.example.com/api/v1'],
    ['http://localhost:8080', 'http://localhost:8080/api/v1'],
    ['http://127.0.0.1:443', 'http://127.0.0.1:443/api/v1'],
    ['http://[::1]:8080', 'http://[::1]:8080/api/v1'],
  ] as const) {
    it(`of ${given} calls ${used}`, () => assert.equal(make({ baseUrl: given }).baseUrl, used));
  }

  for (const baseUrl of [
    '',
    'api.example.com',
    'ftp://api.example.com',
    'http://api.example.com',
    'http://api.example.com:443',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'https://user:secret@api.example.com',
    'https://api.example.com?x=1',
    'https://api.example.com#x',
  ]) {
    it(`is not made for ${JSON.stringify(baseUrl)}, and tells no secret in saying so`, () => {
      assert.throws(
        () => make({ baseUrl }),
        (error) => error instanceof TypeError && /baseUrl/.test(error.message) && !error.message.includes('secret'),
      );
    });
  }

  it('is not made with a version that the server would not take', () => {
    for (const clientVersion of ['', 'x'.repeat(33), '1.0\n', 'ü']) {
      assert.throws(() => make({ clientVersion }), TypeError);
    }
  });
});

describe('Calls of a client', () => {
  const lab = useSdkLab();
  const failure = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => assert.fail('it went through'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof TelemyApiError, String(error));
    return error;
  };

  it('tell a refusal with status, code, reason, request id, wait and details', async () => {
    const { client } = await lab().newUser();
    const bad = await failure(client.startRelay({ region_preference: 'moon' }));
    assert.deepEqual([bad.status, bad.code, bad.retryAfter], [400, 'invalid_request', undefined]);
    assert.match(String(bad.requestId), /^[0-9a-f-]{36}$/);
    assert.ok(Array.isArray(bad.details.errors));
    const gone = await failure(client.getRelaySession(`ses_${'0'.repeat(32)}`));
    assert.deepEqual([gone.status, gone.code], [404, 'not_found']);
    for (const _ of [1, 2, 3]) await client.startRelay({ connection_id: randomUUID() });
    const full = await failure(client.startRelay({ connection_id: randomUUID() }));
    assert.deepEqual(
      [full.status, full.code, full.reasonCode],
      [403, 'connection_limit_reached', 'connection_limit_reached'],
    );
  });

  it('say who calls, in the way that servers take from plugins', async () => {
    const { client } = await lab().newUser();
    await client.getUsage();
    const { headers } = lab().proxy.calls.at(-1) ?? assert.fail();
    assert.deepEqual([headers['x-telemy-client-version'], headers['x-telemy-client-platform']], ['1.0.0', 'unknown']);
  });

  it('lead through the life of a relay', async () => {
    const { client } = await lab().newUser();
    const connection_id = randomUUID();
    assert.equal(await client.getActiveRelay({ connectionId: connection_id }), null);
    const idempotencyKey = randomUUID();
    const started = await client.startRelay({ connection_id }, { idempotencyKey });
    assert.equal(started.outcome, 'created');
    assert.equal((await client.startRelay({ connection_id }, { idempotencyKey })).outcome, 'replayed');
    assert.equal((await client.startRelay({ connection_id })).outcome, 'existing');
    let { session } = started;
    while (session.status !== 'active') {
      const query = { connectionId: connection_id, waitSeconds: 20, sinceVersion: session.version };
      session = (await client.getActiveRelay(query)) ?? assert.fail('it is gone');
    }
    const { session_id, instance_id = '' } = session;
    assert.equal((await client.heartbeat({ session_id, instance_id })).status, 'active');
    const moved = await client.migrateRelay({ connection_id, new_region: 'eu-west-1' });
    assert.equal(moved.migration?.new_region, 'eu-west-1');
    assert.equal((await client.stopRelay({ session_id })).status, 'stopped');
    assert.equal((await client.getRelaySession(session_id)).status, 'stopped');
  });

  it('reach everything else that a plugin needs', async () => {
    const { client } = await lab().newUser();
    assert.equal((await client.getUsage()).plan_tier, 'pro');
    assert.deepEqual((await client.listUsageSessions({ limit: 5 })).sessions, []);
    const slots = await client.listStreamSlots();
    assert.equal(slots.length, 3);
    assert.equal((await client.renameStreamSlot(2, 'Backpack')).label, 'Backpack');
    assert.notEqual((await client.regenerateStreamToken(2)).stream_token, slots[1]?.stream_token);
    assert.equal((await client.getCapacity()).status, 'available');
    assert.ok((await client.getManifest()).regions.length > 0);
    assert.equal((await failure(client.createCheckout({ plan: 'pro' }))).code, 'billing_unavailable');
  });

  it('of nobody reach what is public, and nothing else', async () => {
    const { client } = lab().client();
    assert.equal((await client.getCapacity()).status, 'available');
    assert.equal((await failure(client.getUsage())).status, 401);
    assert.equal(await client.isSignedIn(), false);
  });
});
