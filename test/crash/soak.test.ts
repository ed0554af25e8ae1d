import assert from 'node:assert/strict';
import { startCrowd } from '../../scripts/soak/crowd.ts';
import type { Observed } from '../../scripts/soak/observed-fetch.ts';
import { createAccessTokens } from '../../src/features/auth/access-token.ts';
import { eventually } from '../support/eventually.ts';
import { makeUser } from '../support/factories.ts';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.ts';

const SEED = 7;
const PLUGINS = 20;
/** The plugins' time goes so much faster; the server's doesn't. */
const SPEED = 40;

/** What a plugin does at the latest in its first minutes. */
const USUAL = [
  'startPluginLogin',
  'completePluginLogin',
  'pollPluginLogin',
  'startRelay',
  'getActiveRelay',
  'getActiveRelay, held',
  'getAuthSession',
  'reportRelayHealth',
  'stopRelay',
  'refreshAuth',
  'getCurrentUsage',
  'listUsageSessions',
];

/** A few seconds; a busy machine takes more. */
const ALL_OPERATIONS = { timeoutMs: 30_000, intervalMs: 100 };
/** A relay that was coming up is stopped once it is there. */
const LAST_STOPS = { timeoutMs: 30_000, intervalMs: 100 };

/** Time that goes faster than real time, from now on. */
function fastTimers(speed: number) {
  const begin = Date.now();
  return {
    now: () => begin + (Date.now() - begin) * speed,
    after(ms: number, run: () => void) {
      const handle = setTimeout(run, ms / speed);
      return () => clearTimeout(handle);
    },
  };
}

describe('a crowd of plugins', function () {
  this.timeout(80_000);
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ ticking: true, env: { SUPPORTED_REGIONS: 'us-east-1,eu-west-1' } });
  });
  after(() => app.stop());

  it('lives for minutes without an error, and leaves neither relays nor waiting polls nor connections behind', async () => {
    const users = await Promise.all(Array.from({ length: PLUGINS }, () => makeUser(app, { plan: 'internal' })));
    const longAgo = { now: () => new Date(Date.now() - 86_400_000) };
    const tokens = createAccessTokens([TEST_SECRETS.JWT_SECRET], longAgo);
    const crowd = startCrowd(
      {
        baseUrl: app.url,
        regions: ['us-east-1', 'eu-west-1'],
        completeKey: TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY,
        staleToken: await tokens.sign({ userId: 'usr_nobody', authSessionId: 'aut_none', refreshCounter: 0 }),
        seed: SEED,
        userIds: users.map(({ id }) => id),
        telemetryOf: 5,
        // The only wait that must not be over sooner than in real time.
        timeoutMs: 1_000_000,
        // Three real seconds: a start that is still on its way must not be met by the next one.
        offMs: 3_000 * SPEED,
      },
      fastTimers(SPEED),
    );
    const seen = new Set<string>();
    const mishaps: Observed['mishaps'] = [];
    const look = () => {
      const { answers, mishaps: more } = crowd.take();
      for (const operation of Object.keys(answers)) seen.add(operation);
      mishaps.push(...more);
    };
    await eventually(async () => {
      look();
      assert.deepEqual(
        USUAL.filter((operation) => !seen.has(operation)),
        [],
      );
    }, ALL_OPERATIONS).finally(() => crowd.end());
    look();
    assert.deepEqual(mishaps, [], `seed ${SEED}`);
    await eventually(async () => {
      const open = await app.database('relay_instances').whereNot({ state: 'terminated' }).count().first();
      const live = await app.database('relay_sessions').whereNot({ status: 'stopped' }).count().first();
      assert.deepEqual([Number(open?.count), Number(live?.count)], [0, 0]);
      const metrics = await (await fetch(`${app.adminUrl}/metrics`)).text();
      assert.match(metrics, /^telemy_waiting_polls 0$/m);
      assert.match(metrics, /^telemy_database_pool_waiting\{pool="requests"\} 0$/m);
    }, LAST_STOPS);
  });
});
