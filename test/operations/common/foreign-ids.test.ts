import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type SignedIn, signInNewUser, startActive } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { OPERATIONS } from './contract.ts';
import { assertNothingChanges } from './database-content.ts';
import { withoutRequestId } from './error-body.ts';

/** What a request may name that belongs to somebody: ids, tokens, keys and places in a list. */
const NAMES = /(?:_id|_token|cursor|Idempotency-Key)$/;

/** What Mia has. */
interface Owned {
  sessionId: string;
  connectionId: string;
  instanceId: string;
  streamToken: string;
  key: string;
}

/** By operation: a request of Ben with what is Mia's, or with what nobody has. */
type Ask = (ben: SignedIn, owned: Owned) => Promise<Answer>;

describe('What belongs to somebody else', () => {
  const app = useApp();
  const send = (method: string, path: string, token: string, body?: object, headers: Record<string, string> = {}) =>
    call(app(), method, path, { token, headers, ...(body ? { body } : {}) });

  const CASES: Record<string, Ask> = {
    getRelaySession: ({ token }, { sessionId }) => send('GET', `/relay/sessions/${sessionId}`, token),
    stopRelay: ({ token }, { sessionId }) => send('POST', '/relay/stop', token, { session_id: sessionId }),
    'stopRelay by connection': ({ token }, { connectionId }) =>
      send('POST', '/relay/stop', token, { connection_id: connectionId }),
    migrateRelay: ({ token }, { connectionId }) =>
      send('POST', '/relay/migrate', token, { connection_id: connectionId, new_region: 'eu-west-1' }),
    getActiveRelay: ({ token }, { connectionId }) => send('GET', `/relay/active?connection_id=${connectionId}`, token),
    reportRelayHealth: ({ token }, { sessionId, instanceId }) =>
      send('POST', '/relay/health', token, { session_id: sessionId, instance_id: instanceId }),
    startRelay: ({ token }, { streamToken }) =>
      send('POST', '/relay/start', token, { stream_token: streamToken }, { 'Idempotency-Key': randomUUID() }),
  };

  let mia: SignedIn;
  let ben: SignedIn;
  let owned: Owned;
  before(async () => {
    [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    // What a relay reports of itself changes its session, whoever asks.
    await app().provider.faults.set({ silent_relay: true });
    // The first use of a token notes that it has arrived.
    await send('GET', '/auth/session', ben.token);
    const connectionId = randomUUID();
    const session = await startActive(app(), mia.token, { connection_id: connectionId });
    const slots = await call(app(), 'GET', '/user/stream-slots', { token: mia.token });
    owned = {
      sessionId: session.session_id,
      connectionId,
      instanceId: session.instance_id,
      streamToken: slots.body.stream_slots[0].stream_token,
      key: randomUUID(),
    };
  });

  for (const [name, ask] of Object.entries(CASES)) {
    it(`is to ${name} as if it had never been, and stays as it is`, async () => {
      const never = {
        sessionId: `ses_${randomUUID().replaceAll('-', '')}`,
        connectionId: randomUUID(),
        instanceId: 'none',
        streamToken: owned.streamToken.replace(/.{6}$/, 'zzzzzz'),
        key: randomUUID(),
      };
      const [foreign, unknown] = await assertNothingChanges(app(), async () => [
        await ask(ben, owned),
        await ask(ben, never),
      ]);
      assert.ok([204, 400, 404].includes(foreign.status), foreign.text);
      if (foreign.status === 204) assert.deepEqual([unknown.status, foreign.text], [204, '']);
      else assert.deepEqual(withoutRequestId(foreign), withoutRequestId(unknown));
    });
  }

  it('is there for its owner all along', async () => {
    assert.equal((await send('GET', `/relay/sessions/${owned.sessionId}`, mia.token)).body.session.status, 'active');
  });

  it('binds no one else’s idempotency key: two people may use the same one', async () => {
    const headers = { 'Idempotency-Key': owned.key };
    const first = await send('POST', '/relay/start', mia.token, { connection_id: randomUUID() }, headers);
    const second = await send('POST', '/relay/start', ben.token, {}, headers);
    assert.deepEqual([first.status, second.status], [201, 201]);
    assert.notEqual(first.body.session.session_id, second.body.session.session_id);
  });

  it('is in a page of no one else: a cursor leads within one’s own list', async () => {
    const other = await startActive(app(), mia.token, { connection_id: randomUUID() });
    await app().advanceClock(60);
    const { body } = await send('GET', '/usage/sessions?limit=1', mia.token);
    assert.ok(body.next_cursor, JSON.stringify(body));
    const cursor = encodeURIComponent(body.next_cursor);
    const theirs = await send('GET', `/usage/sessions?limit=100&cursor=${cursor}`, ben.token);
    for (const id of [owned.sessionId, other.session_id]) assert.equal(theirs.text.includes(id), false);
  });

  it('can be named to no operation that is not tested here, or has tests of its own', () => {
    const naming = OPERATIONS.filter(({ parameters, body }) =>
      [...parameters.map(({ name }) => name), ...Object.keys(body?.schema.properties ?? {})].some((one) =>
        NAMES.test(one),
      ),
    ).map(({ operationId }) => operationId);
    // The poll token, the refresh token and the web tier's key are what they ask for: see their folders.
    const byCredential = ['pollPluginLogin', 'completePluginLogin', 'refreshAuth'];
    const tested = [...Object.keys(CASES).map((name) => name.split(' ')[0]), 'listUsageSessions', ...byCredential];
    assert.deepEqual([...naming].sort(), [...new Set(tested)].sort());
  });
});
