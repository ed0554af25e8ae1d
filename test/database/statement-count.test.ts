import assert from 'node:assert/strict';
import { signInNewUser } from '../support/factories.ts';
import { call, type RequestOptions } from '../support/http.ts';
import { storeSession } from '../support/stored-sessions.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';

interface Caller {
  token: string;
  sessionId: string;
  instanceId: string;
  connectionId: string;
}

interface Case {
  operation: string;
  method: string;
  path(caller: Caller): string;
  options(caller: Caller): RequestOptions;
  /** Statements at most; finding out who calls by a token is one of them. */
  most: number;
}

const byToken = ({ token }: Caller) => ({ token });
const report = ({ sessionId, instanceId }: Caller) => ({ session_id: sessionId, instance_id: instanceId });
const read = (operation: string, path: Case['path'], most: number): Case => ({
  operation,
  method: 'GET',
  path,
  options: byToken,
  most,
});

const CASES: Case[] = [
  read('getAuthSession', () => '/auth/session', 2),
  read('getActiveRelay', () => '/relay/active', 2),
  read('getActiveRelay of a connection', ({ connectionId }) => `/relay/active?connection_id=${connectionId}`, 2),
  read('getRelaySession', ({ sessionId }) => `/relay/sessions/${sessionId}`, 2),
  read('getCurrentUsage', () => '/usage/current', 2),
  read('getRelayManifest', () => '/relay/manifest', 2),
  {
    operation: 'reportRelayHealth by the plugin',
    method: 'POST',
    path: () => '/relay/health',
    options: (caller) => ({ token: caller.token, body: report(caller) }),
    most: 2,
  },
  {
    operation: 'reportRelayHealth by the relay',
    method: 'POST',
    path: () => '/relay/health',
    options: (caller) => ({
      headers: { 'X-Relay-Auth': TEST_SECRETS.RELAY_SHARED_KEY },
      body: { ...report(caller), ingest_active: true },
    }),
    most: 1,
  },
];

describe('what is asked again and again', () => {
  // A worker would ask for its jobs meanwhile.
  const app = useApp({ roles: ['api'] });
  let caller: Caller;

  before(async () => {
    const { user, token } = await signInNewUser(app());
    const fed = { ingestState: 'active' } as const;
    const session = await storeSession(app().database, app().clock.now(), user.id, 'active', fed);
    const { id: sessionId, instanceId, connectionId } = session;
    caller = { token, sessionId, instanceId: String(instanceId), connectionId: String(connectionId) };
    // The first use of a token is noted.
    await call(app(), 'GET', '/auth/session', { token });
  });

  for (const { operation, method, path, options, most } of CASES) {
    it(`${operation} costs ${most === 1 ? 'one statement' : `${most} statements`} at most`, async () => {
      const sent: string[] = [];
      const note = ({ sql }: { sql: string }) => void sent.push(sql);
      app().database.on('query', note);
      try {
        const { status, text } = await call(app(), method, path(caller), options(caller));
        assert.equal(status, 200, text);
      } finally {
        app().database.removeListener('query', note);
      }
      assert.ok(sent.length <= most, `${sent.length} statements:\n${sent.join('\n')}`);
    });
  }
});
