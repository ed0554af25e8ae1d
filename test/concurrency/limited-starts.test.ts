import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start } from '../support/factories.ts';
import type { Answer } from '../support/http.ts';
import { startTestApp, type TestApp, useApp } from '../support/test-app.ts';
import { assertInvariants, countStatuses, RACES_LIMIT_MS, ROUNDS, sessionIds, together } from './races.ts';

/** Distinct new keys that a user may start with in a minute, at each server. */
const LIMIT = 6;

describe('Parallel starts under rate limits', () => {
  // Users sign in there, where nothing is limited.
  const door = useApp({ roles: ['api'] });
  let servers: [TestApp, TestApp];
  before(async () => {
    const limited = () =>
      startTestApp({ roles: ['api'], databaseUrl: door().databaseUrl, env: { RATE_LIMIT_FACTOR: '1' } });
    servers = [await limited(), await limited()];
  });
  after(async () => {
    for (const server of servers) await server.stop();
  });

  const left = ({ headers, text }: Answer): number => {
    assert.equal(headers.get('X-RateLimit-Limit'), String(LIMIT), text);
    return Number(headers.get('X-RateLimit-Remaining'));
  };

  it('20 with one key cost what one costs: 1×201, 19×200', async () => {
    const [server] = servers;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(door());
      const key = randomUUID();
      const answers = await together(20, () => start(server, token, {}, key));
      assert.deepEqual(countStatuses(answers), { 200: 19, 201: 1 });
      assert.equal(await assertInvariants(door(), user.id, 3), 1);
      assert.equal(left(await start(server, token)), LIMIT - 2);
    }
  }).timeout(RACES_LIMIT_MS);

  it('one key at two servers costs once in all, whoever loses the race', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { token, user } = await signInNewUser(door());
      const key = randomUUID();
      const answers = await together(10, (index) => start(servers[index % 2] as TestApp, token, {}, key));
      assert.deepEqual(countStatuses(answers), { 200: 9, 201: 1 });
      assert.equal(sessionIds(answers).length, 1);
      assert.equal(await assertInvariants(door(), user.id, 3), 1);
      const afterwards = [];
      for (const server of servers) afterwards.push(left(await start(server, token)));
      assert.deepEqual(afterwards.sort(), [LIMIT - 2, LIMIT - 1]);
    }
  }).timeout(RACES_LIMIT_MS);
});
