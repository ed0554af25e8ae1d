import assert from 'node:assert/strict';
import { createLoginService } from '../../../src/features/auth/login-service.ts';
import { systemRandom } from '../../../src/random.ts';
import { CLIENT } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { startTestApp, useApp } from '../../support/test-app.ts';
import { storedAttempt } from '../common/login.ts';

describe('startPluginLogin 201', () => {
  // Pages show a login attempt only where people can sign in; nobody does here.
  const provider = { OIDC_ISSUER: 'http://127.0.0.1:9', OIDC_CLIENT_ID: 'telemy-test' };
  const app = useApp({ roles: ['api'], env: provider });
  const start = (client: object, more: object = {}) =>
    call(app(), 'POST', '/auth/plugin/login/start', { body: { client, ...more } });

  it('makes an attempt that lives for ten minutes and tells where to go on', async () => {
    const before = app().clock.now().getTime();
    const { status, body, headers } = await start(CLIENT);
    const after = app().clock.now().getTime();
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body).sort(), [
      'authorize_url',
      'expires_at',
      'login_attempt_id',
      'poll_interval_seconds',
      'poll_token',
      'user_code',
    ]);
    assert.match(body.login_attempt_id, /^pla_[0-9a-f]{32}$/);
    assert.equal(body.authorize_url, `${app().url}/login/plugin?attempt=${body.login_attempt_id}`);
    assert.equal(body.poll_interval_seconds, 3);
    const expires = Date.parse(body.expires_at);
    assert.equal(before + 600_000 <= expires && expires <= after + 600_000, true, body.expires_at);
    assert.match(body.expires_at, /Z$/);
    assert.equal(headers.get('Cache-Control'), 'no-store');
  });

  it('stores who asks, pending, and no more of the poll token than its hash', async () => {
    const { body } = await start(CLIENT);
    const stored = await storedAttempt(app(), body);
    assert.deepEqual(
      [stored.status, stored.client_platform, stored.client_version, stored.device_name, stored.user_id],
      ['pending', 'windows', '0.0.5', 'STREAM-PC', null],
    );
    assert.equal(stored.requester_address, '127.0.0.1');
    const texts = Object.values(stored).map((value) =>
      Buffer.isBuffer(value) ? value.toString('latin1') : String(value),
    );
    assert.deepEqual(
      texts.filter((text) => text.includes(body.poll_token)),
      [],
    );
    assert.deepEqual(
      (stored.poll_token_hash as Buffer).includes(Buffer.from(body.poll_token, 'base64url')),
      false,
      'the token itself, decoded',
    );
  });

  it('gives every attempt an id and a poll token of its own, the token with 256 bits', async () => {
    const attempts = await Promise.all(Array.from({ length: 20 }, () => start(CLIENT)));
    assert.equal(new Set(attempts.map(({ body }) => body.login_attempt_id)).size, 20);
    assert.equal(new Set(attempts.map(({ body }) => body.poll_token)).size, 20);
    for (const { body } of attempts) assert.equal(Buffer.from(body.poll_token, 'base64url').length, 32);
  });

  it('gives every attempt a code of its own for people to compare, the one that the page shows', async () => {
    const attempts = await Promise.all(Array.from({ length: 20 }, () => start(CLIENT)));
    const codes = attempts.map(({ body }) => body.user_code);
    assert.equal(new Set(codes).size, 20);
    for (const code of codes) assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    const [first] = attempts;
    const page = await (await fetch(first?.body.authorize_url)).text();
    assert.ok(page.includes(`>${codes[0]}<`), page);
    for (const other of codes.slice(1)) assert.equal(page.includes(other), false);
  });

  it('takes another code where the first one is in use by an attempt that waits, and only there', async () => {
    const codes = ['BBBB', 'BBBB', 'BBBB', 'BBBB', 'CCCC', 'DDDD', 'BBBB', 'BBBB'];
    const random = { ...systemRandom, code: () => codes.shift() ?? 'ZZZZ' };
    const { database, clock } = app();
    const auth = { signIn: () => assert.fail('nobody signs in') };
    const logins = createLoginService({ database, clock, random, auth, pollPaceMs: 0 });
    const begin = () =>
      logins.start({ platform: 'x', version: null, deviceName: null }, { address: '::1', country: null, origin: null });
    const first = await begin();
    assert.equal(first.userCode, 'BBBB-BBBB');
    assert.equal((await begin()).userCode, 'CCCC-DDDD');
    await logins.decide({ attemptId: first.attemptId, outcome: 'denied', userId: undefined, reasonCode: undefined });
    assert.equal((await begin()).userCode, 'BBBB-BBBB');
  });

  it('asks for nothing but a platform', async () => {
    const { status, body } = await start({ platform: 'l' });
    assert.equal(status, 201);
    const stored = await storedAttempt(app(), body);
    assert.deepEqual([stored.client_platform, stored.client_version, stored.device_name], ['l', null, null]);
  });

  it('takes texts of the greatest lengths, counted in characters', async () => {
    const longest = { platform: 'p'.repeat(32), plugin_version: 'v'.repeat(32), device_name: '🎥'.repeat(128) };
    const { status, body } = await start(longest);
    assert.equal(status, 201);
    assert.equal((await storedAttempt(app(), body)).device_name, longest.device_name);
  });

  it('drops fields that it does not know, at any depth', async () => {
    const { status, body } = await start({ ...CLIENT, screen: '4k' }, { status: 'completed', user_id: 'usr_1' });
    assert.equal(status, 201);
    assert.equal((await storedAttempt(app(), body)).status, 'pending');
  });

  it('sends the browser to the configured public address', async () => {
    const proxied = await startTestApp({
      roles: ['api'],
      databaseUrl: app().databaseUrl,
      env: { PUBLIC_BASE_URL: 'https://api.example.com/' },
    });
    try {
      const { body } = await call(proxied, 'POST', '/auth/plugin/login/start', { body: { client: CLIENT } });
      assert.equal(body.authorize_url, `https://api.example.com/login/plugin?attempt=${body.login_attempt_id}`);
    } finally {
      await proxied.stop();
    }
  });
});
