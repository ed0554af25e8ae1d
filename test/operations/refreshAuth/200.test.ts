import assert from 'node:assert/strict';
import { type SignedIn, signIn, signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { refresh } from '../common/login.ts';

const DAY = 86_400;

describe('refreshAuth 200', () => {
  const app = useApp({ roles: ['api'] });

  const use = async (token: string) => (await call(app(), 'GET', '/auth/session', { token })).status;
  const rotated = async (refreshToken: string) => {
    const { status, body, text } = await refresh(app(), refreshToken);
    assert.equal(status, 200, text);
    return { access: body.auth.cp_access_jwt as string, refresh: body.auth.refresh_token as string };
  };
  /** A device that has rotated its token once. */
  async function onceRotated(): Promise<{ device: SignedIn; successor: Awaited<ReturnType<typeof rotated>> }> {
    const device = await signIn(app());
    return { device, successor: await rotated(device.refreshToken) };
  }

  it('gives a new pair, which works, and the account just as getAuthSession tells it', async () => {
    const device = await signInNewUser(app(), 'standard');
    const { body } = await refresh(app(), device.refreshToken);
    const { auth, ...account } = body;
    assert.notEqual(auth.refresh_token, device.refreshToken);
    assert.notEqual(auth.cp_access_jwt, device.token);
    const session = await call(app(), 'GET', '/auth/session', { token: auth.cp_access_jwt });
    assert.equal(session.status, 200);
    assert.deepEqual(account, session.body);
    assert.equal((await refresh(app(), auth.refresh_token)).status, 200);
  });

  it('leaves the access token of before good until its own time', async () => {
    const { device } = await onceRotated();
    assert.equal(await use(device.token), 200);
  });

  it('repeats the same successor to a client that lost the answer, for as long as it is unused', async () => {
    const { device, successor } = await onceRotated();
    for (const days of [0, 1, 25]) {
      await app().advanceClock(days * DAY);
      const again = await rotated(device.refreshToken);
      assert.equal(again.refresh, successor.refresh);
      if (days === 25) assert.equal(await use(again.access), 200);
    }
  });

  it('goes on from the successor that was repeated', async () => {
    const { device } = await onceRotated();
    const again = await rotated(device.refreshToken);
    const next = await rotated(again.refresh);
    assert.equal(await use(next.access), 200);
  });

  it('repeats the successor for ten seconds even if it was used: two windows may refresh at once', async () => {
    const { device, successor } = await onceRotated();
    assert.equal(await use(successor.access), 200);
    await app().advanceClock(7);
    assert.equal((await rotated(device.refreshToken)).refresh, successor.refresh);
  });

  it('does not take calls with an older access token for a use of the successor', async () => {
    const { device, successor } = await onceRotated();
    assert.equal(await use(device.token), 200);
    await app().advanceClock(60);
    assert.equal(await use(device.token), 200);
    assert.equal((await rotated(device.refreshToken)).refresh, successor.refresh);
  });

  it('gives parallel refreshes with one token the same successor, rotated once', async () => {
    const device = await signIn(app());
    const pairs = await Promise.all(Array.from({ length: 10 }, () => rotated(device.refreshToken)));
    assert.equal(new Set(pairs.map((pair) => pair.refresh)).size, 1);
    for (const pair of pairs) assert.equal(await use(pair.access), 200);
    const [row] = await app().database('auth_sessions').where({ user_id: device.user.id });
    assert.equal(row.refresh_counter, 1);
  });

  it('slides thirty days on with every rotation', async () => {
    let token = (await signIn(app())).refreshToken;
    for (let round = 0; round < 4; round += 1) {
      await app().advanceClock(29 * DAY);
      token = (await rotated(token)).refresh;
    }
  });

  it('touches no other device of the user', async () => {
    const first = await signIn(app());
    const second = await signIn(app(), first.user);
    await rotated(first.refreshToken);
    const [row] = await app()
      .database('auth_sessions')
      .where({ id: second.refreshToken.split('.')[1] });
    assert.equal(row.refresh_counter, 0);
    assert.equal((await refresh(app(), second.refreshToken)).status, 200);
  });
});
