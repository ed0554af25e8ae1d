import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { makeUser, type SignedIn, signIn, signInNewUser, start } from '../../support/factories.ts';
import type { Answer } from '../../support/http.ts';
import { assertError } from '../../support/relay-calls.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

/** Distinct new keys that a user may start with in a minute. */
const LIMIT = 6;

/** Limits hold at a server by itself, and over all servers that share them. */
const SETUPS = [
  { title: 'at a server', store: 'memory', servers: 1 },
  { title: 'over two servers that share the limits, asked in turn', store: 'postgres', servers: 2 },
];

for (const setup of SETUPS) {
  describe(`startRelay 429 ${setup.title}`, () => {
    // Users sign in at another server, without limits: there is one on sign-ins too.
    let door: TestApp;
    const servers: TestApp[] = [];
    before(async () => {
      door = await startTestApp({ roles: ['api'] });
      for (let count = 0; count < setup.servers; count += 1) {
        const env = { RATE_LIMIT_STORE: setup.store, RATE_LIMIT_FACTOR: '1' };
        servers.push(await startTestApp({ roles: ['api'], databaseUrl: door.databaseUrl, env }));
      }
    });
    after(async () => {
      for (const server of servers) await server.stop();
      await door.stop();
    });

    let turn = 0;
    const app = (): TestApp => {
      turn += 1;
      return servers[turn % servers.length] as TestApp;
    };

    /** What the answer says is left of the limit. */
    const left = (answer: Answer): number => {
      assert.equal(answer.headers.get('X-RateLimit-Limit'), String(LIMIT), answer.text);
      return Number(answer.headers.get('X-RateLimit-Remaining'));
    };

    const useUp = async ({ token }: SignedIn): Promise<void> => {
      for (let count = 0; count < LIMIT; count += 1) await start(app(), token);
    };

    it('refuses the seventh new key within a minute, with Retry-After', async () => {
      const { token } = await signInNewUser(door);
      for (let count = 1; count <= LIMIT; count += 1) {
        const answer = await start(app(), token);
        assert.equal(answer.status, count === 1 ? 201 : 200);
        assert.equal(left(answer), LIMIT - count);
      }
      const answer = await start(app(), token);
      const error = assertError(answer, 429, 'rate_limited');
      assert.deepEqual(error.details, { limit: LIMIT, window_seconds: 60 });
      const retryAfter = Number(answer.headers.get('Retry-After'));
      assert.equal(retryAfter >= 1 && retryAfter <= 60, true, `Retry-After: ${retryAfter}`);
      assert.equal(answer.headers.get('X-RateLimit-Reset'), String(retryAfter));
    });

    it('does not count 20 replays of one key', async () => {
      const { token } = await signInNewUser(door);
      const key = randomUUID();
      assert.equal(left(await start(app(), token, {}, key)), LIMIT - 1);
      for (let count = 0; count < 20; count += 1) {
        assert.equal((await start(app(), token, {}, key)).headers.get('Idempotent-Replayed'), 'true');
      }
      assert.equal(left(await start(app(), token)), LIMIT - 2);
    });

    it('answers replays when the limit is used up', async () => {
      const device = await signInNewUser(door);
      const key = randomUUID();
      await start(app(), device.token, {}, key);
      await useUp(device);
      assertError(await start(app(), device.token), 429, 'rate_limited');
      assert.equal(left(await start(app(), device.token, {}, key)), 0, 'a replay tells the limit too');
      const { status, headers } = await start(app(), device.token, {}, key);
      assert.equal(status, 200);
      assert.equal(headers.get('Idempotent-Replayed'), 'true');
    });

    it('does not count replays with other values, which are refused', async () => {
      const { token } = await signInNewUser(door);
      const key = randomUUID();
      await start(app(), token, {}, key);
      for (let count = 0; count < 10; count += 1) {
        const answer = await start(app(), token, { region_preference: 'eu-west-1' }, key);
        assertError(answer, 409, 'idempotency_mismatch');
      }
      assert.equal(left(await start(app(), token)), LIMIT - 2);
    });

    it('counts the retries of a key that got no success once', async () => {
      const { token } = await signInNewUser(door, 'free');
      const key = randomUUID();
      for (let count = 0; count < 10; count += 1) {
        const answer = await start(app(), token, {}, key);
        assertError(answer, 403, 'entitlement_denied');
        assert.equal(left(answer), LIMIT - 1);
      }
      assert.equal(left(await start(app(), token)), LIMIT - 2);
    });

    it('counts a key that is retried and then succeeds once', async () => {
      const { token, user } = await signInNewUser(door, 'free');
      const key = randomUUID();
      assertError(await start(app(), token, {}, key), 403, 'entitlement_denied');
      await app().database('users').where({ id: user.id }).update({ plan_tier: 'pro' });
      const answer = await start(app(), token, {}, key);
      assert.equal(answer.status, 201);
      assert.equal(left(answer), LIMIT - 1);
      assert.equal(left(await start(app(), token)), LIMIT - 2);
    });

    it('counts 20 parallel starts with one key once', async () => {
      const { token } = await signInNewUser(door);
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 20 }, () => start(app(), token, {}, key)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(19).fill(200), 201]);
      assert.equal(left(await start(app(), token)), LIMIT - 2);
    });

    it('is counted per user, over all devices', async () => {
      const user = await makeUser(door);
      const [desk, laptop] = [await signIn(door, user), await signIn(door, user)];
      await useUp(desk);
      assertError(await start(app(), laptop.token), 429, 'rate_limited');
      const other = await signInNewUser(door);
      assert.equal((await start(app(), other.token)).status, 201);
    });

    it('makes no session and binds no key', async () => {
      const device = await signInNewUser(door);
      await useUp(device);
      const [key, connection_id] = [randomUUID(), randomUUID()];
      assertError(await start(app(), device.token, { connection_id }, key), 429, 'rate_limited');
      const bound = await app().database('idempotency_keys').where({ user_id: device.user.id, key });
      assert.deepEqual(bound, []);
      const sessions = await app().database('relay_sessions').where({ user_id: device.user.id, connection_id });
      assert.deepEqual(sessions, []);
    });
  });
}
