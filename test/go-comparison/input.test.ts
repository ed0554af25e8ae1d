import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';

const UUID_V1 = '2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d';
const POSTS = [
  '/auth/plugin/login/start',
  '/auth/plugin/login/poll',
  '/auth/refresh',
  '/relay/start',
  '/relay/stop',
  '/relay/health',
];

describe('Compared with the Go service: input', () => {
  const app = useApp({ roles: ['api'] });

  it('body `null`, trailing garbage, text/plain, UUIDv1 key, NUL in an id: 400 / 415, never 5xx', async () => {
    const { token } = await signInNewUser(app());
    const key = { 'Idempotency-Key': randomUUID() };
    const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
      call(app(), 'POST', path, { token, body, headers: { ...key, ...headers } });
    const nul = (name: string, value: string) => `{"${name}":"${value}\\u0000"}`;

    for (const path of POSTS) {
      assert.equal((await post(path, 'null')).status, 400, `${path} null`);
      for (const garbage of ['{}}', '{} x', '{}{}', '{}\u0000']) {
        assert.equal((await post(path, garbage)).status, 400, `${path} ${garbage}`);
      }
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) {
        assert.equal((await post(path, '{}', { 'Content-Type': type })).status, 415, `${path} ${type}`);
      }
    }
    assert.equal((await post('/relay/start', '{}', { 'Idempotency-Key': UUID_V1 })).status, 400);
    for (const [path, body] of [
      ['/relay/start', nul('connection_id', randomUUID())],
      ['/relay/start', nul('stream_token', 'token')],
      ['/relay/start', nul('region_preference', 'us-east-1')],
      ['/relay/stop', nul('session_id', 'ses_1')],
      ['/relay/health', '{"session_id":"ses_1\\u0000","instance_id":"i-1"}'],
      ['/relay/health', '{"session_id":"ses_1","instance_id":"i-1\\u0000"}'],
      ['/auth/plugin/login/poll', '{"login_attempt_id":"pla_1\\u0000","poll_token":"x"}'],
      ['/auth/plugin/login/start', '{"client":{"platform":"win\\u0000dows"}}'],
    ] as const) {
      assert.equal((await post(path, body)).status, 400, `${path} ${body}`);
    }
    for (const path of ['/relay/sessions/ses_1%00', '/relay/active?connection_id=%00']) {
      assert.equal((await call(app(), 'GET', path, { token })).status, 400, path);
    }
    assert.deepEqual(await app().database('relay_sessions').select('id'), [], 'nothing was started');
  });
});
