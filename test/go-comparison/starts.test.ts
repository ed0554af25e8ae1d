import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { assertError, faultPaths, stop } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';

describe('Compared with the Go service: starts', () => {
  const app = useApp();
  const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, act));

  it('20 parallel starts, one key: 1×201, 19×200, same session', async () => {
    const { token } = await signInNewUser(app());
    const [key, connection_id] = [randomUUID(), randomUUID()];
    const answers = await times(20, () => start(app(), token, { connection_id }, key));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(19).fill(200), 201]);
    assert.equal(new Set(answers.map(({ body }) => body.session.session_id)).size, 1);
  });

  it('20 parallel starts with distinct connections, plan of 1: 1×201, the rest 403, never more than the plan', async () => {
    const { token, user } = await signInNewUser(app(), 'starter');
    const answers = await times(20, () => start(app(), token, { connection_id: randomUUID() }));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(403)]);
    for (const { status, body } of answers) {
      if (status === 403) assert.equal(body.error.code, 'connection_limit_reached');
    }
    const ever = await app().database('relay_sessions').where({ user_id: user.id });
    assert.equal(ever.length, 1);
  });

  it('replay at the connection limit: 200, current state', async () => {
    const { token } = await signInNewUser(app(), 'starter');
    const [key, connection_id] = [randomUUID(), randomUUID()];
    const active = await startActive(app(), token, { connection_id });
    await start(app(), token, { connection_id }, key);
    assertError(await start(app(), token, { connection_id: randomUUID() }), 403, 'connection_limit_reached');
    const { status, body } = await start(app(), token, { connection_id }, key);
    assert.equal(status, 200);
    assert.deepEqual([body.session.session_id, body.session.status], [active.session_id, 'active']);
  });

  it('replay after stop: 200, `stopped`, no credentials', async () => {
    const { token } = await signInNewUser(app());
    const key = randomUUID();
    const { session_id, credentials } = await startActive(app(), token);
    await start(app(), token, {}, key);
    await stop(app(), token, { session_id });
    const { status, body, text } = await start(app(), token, {}, key);
    assert.equal(status, 200);
    assert.deepEqual([body.session.session_id, body.session.status], [session_id, 'stopped']);
    assert.equal(body.session.credentials, undefined);
    for (const secret of Object.values<string>(credentials)) assert.equal(text.includes(secret), false);
  });

  it('unknown region: 400 with the supported list', async () => {
    const { token } = await signInNewUser(app());
    const answer = await start(app(), token, { region_preference: 'us-east-9' });
    assert.deepEqual(faultPaths(answer), ['/body/region_preference']);
    const supported: string[] = answer.body.error.details.supported_regions;
    assert.deepEqual(
      ['us-east-1', 'eu-west-1'].filter((region) => !supported.includes(region)),
      [],
    );
    assert.equal((await call(app(), 'GET', '/relay/active', { token })).status, 204, 'no default took its place');
  });
});
