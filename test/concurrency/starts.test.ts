import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start } from '../support/factories.ts';
import { useApp } from '../support/test-app.ts';
import { assertInvariants, countStatuses, RACES_LIMIT_MS, ROUNDS, sessionIds, together } from './races.ts';

describe('Parallel starts', () => {
  const app = useApp({ roles: ['api'] });

  it('50 with one key make one session: 1×201, 49×200', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(app());
      const key = randomUUID();
      const answers = await together(50, () => start(app(), token, {}, key));
      assert.deepEqual(countStatuses(answers), { 200: 49, 201: 1 });
      assert.equal(sessionIds(answers).length, 1);
      const replays = answers.filter(({ headers }) => headers.get('Idempotent-Replayed') === 'true');
      assert.equal(replays.length, 49);
      assert.equal(await assertInvariants(app(), user.id, 3), 1);
    }
  }).timeout(RACES_LIMIT_MS);

  it('50 with distinct keys for one connection make one session: 1×201, 49×200', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(app());
      const connection_id = randomUUID();
      const answers = await together(50, () => start(app(), token, { connection_id }));
      assert.deepEqual(countStatuses(answers), { 200: 49, 201: 1 });
      assert.equal(sessionIds(answers).length, 1);
      assert.equal(await assertInvariants(app(), user.id, 3), 1);
      const keys = await app().database('idempotency_keys').where({ user_id: user.id });
      assert.equal(keys.length, 50, 'each key is bound');
    }
  }).timeout(RACES_LIMIT_MS);

  it('50 with distinct connections on a plan of 3 make three sessions: 3×201, 47×403', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(app(), 'pro');
      const answers = await together(50, () => start(app(), token, { connection_id: randomUUID() }));
      assert.deepEqual(countStatuses(answers), { 201: 3, 403: 47 });
      const made = answers.filter(({ status }) => status === 201);
      assert.equal(sessionIds(made).length, 3);
      const tokens = new Set(made.map(({ body }) => body.session.credentials.stream_token));
      assert.equal(tokens.size, 3, 'each has a slot of its own');
      const codes = new Set(answers.filter(({ status }) => status === 403).map(({ body }) => body.error.code));
      assert.deepEqual([...codes], ['connection_limit_reached']);
      assert.equal(await assertInvariants(app(), user.id, 3), 3);
    }
  }).timeout(RACES_LIMIT_MS);
});
