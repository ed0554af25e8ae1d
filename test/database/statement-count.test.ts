import assert from 'node:assert/strict';
import { signInNewUser } from '../support/factories.ts';
import { call, type RequestOptions } from '../support/http.ts';
import { storeSession } from '../support/stored-sessions.ts';
import { startTestApp, TEST_SECRETS, type TestApp, useApp } from '../support/test-app.ts';

interface Caller {
  token: string;
  sessionId: string;
  stoppedId: string;
  instanceId: string;
  connectionId: string;
}

interface Case {
  operation: string;
  method: string;
  path(caller: Caller): string;
  options(caller: Caller): RequestOptions;
  most: Most;
}

/** Statements at most. */
interface Most {
  /** Where the server keeps what it has read, and was asked before. */
  warm: number;
  /** Where it keeps nothing: finding out who calls by a token is one of them. */
  cold: number;
}

const byToken = ({ token }: Caller) => ({ token });
const report = ({ sessionId, instanceId }: Caller) => ({ session_id: sessionId, instance_id: instanceId });
const read = (operation: string, path: Case['path'], most: Most): Case => ({
  operation,
  method: 'GET',
  path,
  options: byToken,
  most,
});

const KEPT: Most = { warm: 0, cold: 2 };
const ASKED: Most = { warm: 1, cold: 2 };

/** Tells other servers of all heartbeats of 200 ms at once, some time behind their answers. */
const WORD = /^select pg_notify\(.*, told\)/;

const CASES: Case[] = [
  read('getAuthSession', () => '/auth/session', KEPT),
  read('getActiveRelay', () => '/relay/active', KEPT),
  read('getActiveRelay of a connection', ({ connectionId }) => `/relay/active?connection_id=${connectionId}`, KEPT),
  read('getRelaySession of a live one', ({ sessionId }) => `/relay/sessions/${sessionId}`, KEPT),
  read('getRelaySession of one that is over', ({ stoppedId }) => `/relay/sessions/${stoppedId}`, ASKED),
  read('getCurrentUsage', () => '/usage/current', KEPT),
  read('getRelayManifest', () => '/relay/manifest', ASKED),
  read('listStreamSlots', () => '/user/stream-slots', ASKED),
  { ...read('getCapacityStatus', () => '/capacity/status', { warm: 0, cold: 0 }), options: () => ({}) },
  // For people, who look at it now and then. Two reads of one state of the database, which needs a transaction around
  // them: what live sessions have used since their last ledger row is worked out in between, by the sessions' own rules.
  read('listUsageSessions', () => '/usage/sessions', { warm: 5, cold: 6 }),
  {
    operation: 'reportRelayHealth by the plugin',
    method: 'POST',
    path: () => '/relay/health',
    options: (caller) => ({ token: caller.token, body: report(caller) }),
    most: { warm: 1, cold: 2 },
  },
  {
    operation: 'reportRelayHealth by the relay',
    method: 'POST',
    path: () => '/relay/health',
    options: (caller) => ({
      headers: { 'X-Relay-Auth': TEST_SECRETS.RELAY_SHARED_KEY },
      body: { ...report(caller), ingest_active: true },
    }),
    most: { warm: 1, cold: 1 },
  },
];

describe('what is asked again and again', () => {
  // A worker would ask for its jobs meanwhile.
  const app = useApp({ roles: ['api'] });
  let plain: TestApp;
  let caller: Caller;

  before(async () => {
    const { databaseUrl } = app();
    plain = await startTestApp({ roles: ['api'], databaseUrl, env: { READ_CACHE: 'off' } });
    const { user, token } = await signInNewUser(app());
    const now = app().clock.now();
    const fed = { ingestState: 'active' } as const;
    const session = await storeSession(app().database, now, user.id, 'active', fed);
    const { id: stoppedId } = await storeSession(app().database, now, user.id, 'stopped');
    const { id: sessionId, instanceId, connectionId } = session;
    caller = { token, sessionId, stoppedId, instanceId: String(instanceId), connectionId: String(connectionId) };
    // The first use of a token is noted, and slots are made when they are first asked for.
    for (const path of ['/auth/session', '/user/stream-slots']) await call(app(), 'GET', path, { token });
  });
  after(() => plain?.stop());

  for (const one of CASES) {
    const { operation, most } = one;
    it(`${operation} costs ${told(most.warm)} at most where it was asked before`, async () => {
      await statementsOf(app(), one);
      assertAtMost(await statementsOf(app(), one), most.warm);
    });

    it(`${operation} costs ${told(most.cold)} at most where nothing is kept`, async () => {
      await statementsOf(plain, one);
      assertAtMost(await statementsOf(plain, one), most.cold);
    });
  }

  async function statementsOf(server: TestApp, { method, path, options }: Case): Promise<string[]> {
    const sent: string[] = [];
    const note = ({ sql }: { sql: string }) => void (WORD.test(sql) || sent.push(sql));
    server.database.on('query', note);
    try {
      const { status, text } = await call(server, method, path(caller), options(caller));
      assert.equal(status, 200, text);
    } finally {
      server.database.removeListener('query', note);
    }
    return sent;
  }
});

function told(statements: number): string {
  return statements === 1 ? 'one statement' : `${statements === 0 ? 'no' : statements} statements`;
}

function assertAtMost(sent: string[], most: number): void {
  assert.ok(sent.length <= most, `${sent.length} statements:\n${sent.join('\n')}`);
}
