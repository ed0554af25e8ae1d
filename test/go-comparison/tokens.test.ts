import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { signInNewUser } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { assertError } from '../support/relay-calls.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';

describe('Compared with the Go service: tokens', () => {
  const app = useApp({ roles: ['api'] });

  const refresh = (refresh_token: string): Promise<Answer> =>
    call(app(), 'POST', '/auth/refresh', { body: { refresh_token } });
  const ask = (token: string): Promise<Answer> => call(app(), 'GET', '/auth/session', { token });

  it('refresh with a rotated-out token: family revoked (outside the overlap rule)', async () => {
    const { refreshToken } = await signInNewUser(app());
    const first = await refresh(refreshToken);
    const second = await refresh(first.body.auth.refresh_token);
    assert.equal((await ask(second.body.auth.cp_access_jwt)).status, 200);
    await app().advanceClock(11);
    assertError(await refresh(refreshToken), 401, 'refresh_token_reused');
    assertError(await ask(second.body.auth.cp_access_jwt), 401, 'unauthorized');
    assertError(await refresh(second.body.auth.refresh_token), 410, 'session_expired');
  });

  it('two parallel refreshes: two 200, both the same, usable', async () => {
    const { refreshToken } = await signInNewUser(app());
    const [one, two] = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    assert.deepEqual([one.status, two.status], [200, 200]);
    assert.equal(one.body.auth.refresh_token, two.body.auth.refresh_token);
    for (const { body } of [one, two]) assert.equal((await ask(body.auth.cp_access_jwt)).status, 200);
    assert.equal((await refresh(one.body.auth.refresh_token)).status, 200);
  });

  it('JWT without `sid`; `alg: none`; foreign key: 401', async () => {
    const { token } = await signInNewUser(app());
    const { sid, ...claims } = decodeJwt(token);
    const { kid } = decodeProtectedHeader(token);
    const good = new TextEncoder().encode(TEST_SECRETS.JWT_SECRET);
    const sign = (payload: object, secret: Uint8Array, header: object = {}) =>
      new SignJWT({ ...payload }).setProtectedHeader({ alg: 'HS256', kid, ...header }).sign(secret);
    const whole = { ...claims, sid };
    assert.equal((await ask(await sign(whole, good))).status, 200, 'what is signed here is as good as the real one');
    const forged = {
      'without sid': await sign(claims, good),
      'with an empty sid': await sign({ ...claims, sid: '' }, good),
      'alg none': new UnsecuredJWT({ ...whole }).encode(),
      'alg none with the kid': `${Buffer.from(JSON.stringify({ alg: 'none', kid })).toString('base64url')}.${token.split('.')[1]}.`,
      'foreign key': await sign(whole, randomBytes(32)),
      'foreign key and kid': await sign(whole, randomBytes(32), { kid: 'mine' }),
      'without kid': await sign(whole, good, { kid: undefined }),
      'another algorithm': await sign(whole, good, { alg: 'HS512' }),
      'without exp': await sign({ ...whole, exp: undefined }, good),
      "someone else's sub": await sign({ ...whole, sub: 'usr_019aa1b0c1d2700083f4a5b6c7d8e9f0' }, good),
      'no signature': token.replace(/[^.]+$/, ''),
    };
    for (const [name, jwt] of Object.entries(forged)) assert.equal((await ask(jwt)).status, 401, name);
  });
});
