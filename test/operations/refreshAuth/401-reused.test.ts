import assert from 'node:assert/strict';
import { type SignedIn, signIn } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';
import { refresh } from '../common/login.ts';

describe('refreshAuth 401 for a token that was used before', () => {
  const app = useApp({ roles: ['api'] });

  const use = async (token: string) => (await call(app(), 'GET', '/auth/session', { token })).status;
  const rotated = async (refreshToken: string) => {
    const { status, body, text } = await refresh(app(), refreshToken);
    assert.equal(status, 200, text);
    return { access: body.auth.cp_access_jwt as string, refresh: body.auth.refresh_token as string };
  };
  const storedSession = async (device: SignedIn) => {
    const id = device.refreshToken.split('.')[1];
    return app().database('auth_sessions').where({ id }).first();
  };
  /** The whole family must be dead, on this call and on every later one. */
  async function assertRevoked(device: SignedIn, tokens: { access: string[]; refresh: string[] }): Promise<void> {
    const stored = await storedSession(device);
    assert.equal(stored.revoke_reason, 'refresh_token_reused');
    assert.equal(stored.revoked_at instanceof Date, true);
    for (const token of tokens.access) assert.equal(await use(token), 401);
    for (const token of tokens.refresh) assertError(await refresh(app(), token), 410, 'session_expired');
    assert.deepEqual(await storedSession(device), stored);
  }

  it('revokes the whole session when the token before the last comes again, even within ten seconds', async () => {
    const device = await signIn(app());
    const first = await rotated(device.refreshToken);
    const second = await rotated(first.refresh);
    assertError(await refresh(app(), device.refreshToken), 401, 'refresh_token_reused');
    await assertRevoked(device, {
      access: [device.token, first.access, second.access],
      refresh: [second.refresh, first.refresh, device.refreshToken],
    });
  });

  it('revokes it when the parent comes ten seconds after the rotation and its successor was used on a call', async () => {
    const device = await signIn(app());
    const successor = await rotated(device.refreshToken);
    assert.equal(await use(successor.access), 200);
    await app().advanceClock(10);
    assertError(await refresh(app(), device.refreshToken), 401, 'refresh_token_reused');
    await assertRevoked(device, { access: [device.token, successor.access], refresh: [successor.refresh] });
  });

  it('counts a call with the access token of a repeated answer as a use too', async () => {
    const device = await signIn(app());
    await rotated(device.refreshToken);
    const repeated = await rotated(device.refreshToken);
    assert.equal(await use(repeated.access), 200);
    await app().advanceClock(10);
    assertError(await refresh(app(), device.refreshToken), 401, 'refresh_token_reused');
  });

  it('ends it soon when a thief and the owner take turns, whoever comes second', async () => {
    const owner = await signIn(app());
    const owners = await rotated(owner.refreshToken);
    // The thief copied the first token, and at first is taken for a client that lost the answer.
    const thiefs = await rotated(owner.refreshToken);
    assert.equal(thiefs.refresh, owners.refresh);
    const ownersNext = await rotated(owners.refresh);
    assert.equal(await use(ownersNext.access), 200);
    await app().advanceClock(60);
    assertError(await refresh(app(), thiefs.refresh), 401, 'refresh_token_reused');
    await assertRevoked(owner, { access: [ownersNext.access], refresh: [ownersNext.refresh] });
  });

  it('writes the use down once per rotation, not on every call', async () => {
    const device = await signIn(app());
    const successor = await rotated(device.refreshToken);
    await use(successor.access);
    const { refresh_used_at: usedAt } = await storedSession(device);
    await app().advanceClock(5);
    await use(successor.access);
    assert.deepEqual((await storedSession(device)).refresh_used_at, usedAt);
  });

  it('leaves the other devices of the user signed in', async () => {
    const device = await signIn(app());
    const other = await signIn(app(), device.user);
    const first = await rotated(device.refreshToken);
    await rotated(first.refresh);
    assertError(await refresh(app(), device.refreshToken), 401, 'refresh_token_reused');
    assert.equal(await use(other.token), 200);
    assert.equal((await refresh(app(), other.refreshToken)).status, 200);
  });

  it('revokes for good when many old tokens come at once', async () => {
    const device = await signIn(app());
    const first = await rotated(device.refreshToken);
    const second = await rotated(first.refresh);
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(app(), device.refreshToken)));
    const codes = answers.map(({ body }) => body.error.code);
    assert.equal(codes.filter((code) => code === 'refresh_token_reused').length, 1);
    assert.equal(codes.filter((code) => code === 'session_expired').length, 7);
    await assertRevoked(device, { access: [second.access], refresh: [second.refresh] });
  });
});
