import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, waitForStatus } from '../support/factories.ts';
import { startTestApp, type TestApp, useApp } from '../support/test-app.ts';
import { assertInvariants, countStatuses, RACES_LIMIT_MS, ROUNDS, sessionIds, together } from './races.ts';

describe('Parallel starts at two servers on one database', () => {
  const first = useApp({ roles: ['api', 'worker'] });
  let second: TestApp;
  before(async () => {
    second = await startTestApp({ roles: ['api'], databaseUrl: first().databaseUrl });
  });
  after(() => second.stop());
  const either = (index: number): TestApp => (index % 2 === 0 ? first() : second);

  it('50 with one key make one session, whose relay comes up: 1×201, 49×200', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(either(round));
      const key = randomUUID();
      const answers = await together(50, (index) => start(either(index), token, {}, key));
      assert.deepEqual(countStatuses(answers), { 200: 49, 201: 1 });
      assert.equal(sessionIds(answers).length, 1);
      await waitForStatus(second, token, answers[0]?.body.session, 'active');
      assert.equal(await assertInvariants(first(), user.id, 3), 1);
    }
  }).timeout(RACES_LIMIT_MS);

  it('50 with distinct keys for one connection make one session: 1×201, 49×200', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { token, user } = await signInNewUser(either(round));
      const connection_id = randomUUID();
      const answers = await together(50, (index) => start(either(index), token, { connection_id }));
      assert.deepEqual(countStatuses(answers), { 200: 49, 201: 1 });
      assert.equal(sessionIds(answers).length, 1);
      await waitForStatus(second, token, answers[0]?.body.session, 'active');
      assert.equal(await assertInvariants(first(), user.id, 3), 1);
    }
  }).timeout(RACES_LIMIT_MS);
});
