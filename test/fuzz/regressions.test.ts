import assert from 'node:assert/strict';
import { lockUser } from '../../src/features/account/index.ts';
import { makeUser, signIn } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { BASE_PATH } from './contract.ts';
import { findFault } from './oracle.ts';
import type { FuzzRequest, Material } from './request.ts';
import { createSender, type Sender } from './send.ts';
import { judge } from './verdict.ts';
import { openWorld, type World } from './world.ts';

/** What the fuzzer once found, each as a test of its own. */
describe('requests that were answered wrongly once', () => {
  let world: World;
  let material: Material;
  let sender: Sender;

  before(async () => {
    world = await openWorld();
    material = await world.refresh();
    sender = createSender(world.app.url);
  });

  after(async () => {
    sender.close();
    await world.close();
  });

  async function answerTo(values: Partial<FuzzRequest>) {
    const bearer = material.credentials.bearerAuth?.[0] as string;
    const headers: FuzzRequest['headers'] = [['Authorization', bearer], ...(values.headers ?? [])];
    const request = { method: 'GET', target: '', body: undefined, wire: undefined, ...values, headers };
    const answer = await sender.send(request);
    assert.equal(findFault(request, judge(request, material), answer), undefined, answer.text);
    return answer;
  }

  it('a health report whose session_id is an object gets 400, whoever sends it', async () => {
    const body = Buffer.from('{"session_id":{"toString":1},"instance_id":"i"}');
    const headers: FuzzRequest['headers'] = [['Content-Type', 'application/json']];
    const key = material.credentials.relayAuth?.[0] as string;
    const request = { method: 'POST', target: `${BASE_PATH}/relay/health`, body };
    assert.equal((await answerTo({ ...request, headers: [...headers, ['X-Relay-Auth', key]] })).status, 400);
    assert.equal((await answerTo({ ...request, headers: [...headers, ['X-Relay-Auth', 'wrong']] })).status, 400);
  });

  for (const number of ['%20', '0x1', '1e1', '5.0', '%201', '', 'NaN']) {
    it(`a query with '${number}' for a whole number gets 400`, async () => {
      const answer = await answerTo({ target: `${BASE_PATH}/relay/active?since_version=${number}` });
      assert.equal(answer.status, 400);
      assert.equal(JSON.parse(answer.text).error.details.errors[0].path, '/query/since_version');
    });
  }

  it('a request without a Host gets 400 in the envelope', async () => {
    const target = `${BASE_PATH}/usage/current`;
    assert.equal((await answerTo({ target, wire: 'no host' })).status, 400);
    assert.equal((await answerTo({ target, wire: 'no host', headers: [['Expect', 'a-miracle']] })).status, 400);
  });

  it('a request that expects something unknown is answered like any other', async () => {
    const target = `${BASE_PATH}/usage/current`;
    assert.equal((await answerTo({ target, headers: [['Expect', 'a-miracle']] })).status, 200);
  });

  // The two would wait for each other: the start for the slots, the slots for the account that the start has locked.
  it('slots are made for a reader while a start of the same account is under way', async () => {
    const { app } = world;
    const { token, user } = await signIn(app, await makeUser(app, { plan: 'free' }));
    await app.database('users').where({ id: user.id }).update({ plan_tier: 'pro' });
    await app.database.transaction(async (trx) => {
      await lockUser(trx, user.id);
      const signal = AbortSignal.timeout(3_000);
      const { status, body } = await call(app, 'GET', '/user/stream-slots', { token, signal });
      assert.deepEqual([status, body.stream_slots.length], [200, 3]);
    });
  });
});
