import assert from 'node:assert/strict';
import { TelemyApiError } from '../../../src/sdk/index.ts';
import type { DeviceTokens, TokenStore } from '../../../src/sdk/token-store.ts';
import { createLocalStorageTokenStore, createMemoryTokenStore } from '../../../src/sdk/token-stores.ts';
import { call } from '../../support/http.ts';
import { useSdkLab } from '../../support/sdk-lab.ts';

describe('Tokens of a client', () => {
  const lab = useSdkLab({ roles: ['api'] });
  const refreshes = (from: number) =>
    lab()
      .proxy.calls.slice(from)
      .filter(({ path }) => path.endsWith('/auth/refresh')).length;

  it('are renewed once for twenty calls that need them at the same time', async () => {
    const { app, proxy } = lab();
    const { client } = await lab().newUser();
    await app.advanceClock(901);
    const from = proxy.calls.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.getUsage()));
    assert.equal(answers.length, 20);
    assert.equal(refreshes(from), 1);
  });

  it('are renewed once for two clients of one store, as two docks are', async () => {
    const { app, proxy, client } = lab();
    const { device, store } = await lab().newUser();
    const other = client(device, { tokenStore: store }).client;
    const one = client(device, { tokenStore: store }).client;
    await app.advanceClock(901);
    const from = proxy.calls.length;
    await one.getSession();
    await other.getSession();
    assert.equal(refreshes(from), 1);
  });

  it('are forgotten once the server says that the sign-in is over, and then nothing is asked any more', async () => {
    const { app, proxy } = lab();
    const { client, store, device } = await lab().newUser();
    await call(app, 'POST', '/auth/logout', { token: device.token });
    await assert.rejects(client.getSession(), (error) => error instanceof TelemyApiError && error.status === 401);
    assert.equal(await store.load(), null);
    const from = proxy.calls.length;
    await assert.rejects(client.getSession(), /Call login\(\) first/);
    assert.equal(proxy.calls.length, from);
  });

  it('stay when somebody else has renewed them meanwhile', async () => {
    const { app, client } = lab();
    const { device } = await lab().newUser();
    const answer = await call(app, 'POST', '/auth/refresh', { body: { refresh_token: device.refreshToken } });
    const { cp_access_jwt: accessToken, refresh_token: refreshToken } = answer.body.auth;
    // What was read first is what was refused; what is there now is good.
    const reads: DeviceTokens[] = [{ accessToken: 'old', refreshToken: device.refreshToken }];
    const store: TokenStore = {
      load: () => reads.shift() ?? { accessToken, refreshToken },
      save: () => assert.fail('nothing is to be saved'),
    };
    const { client: other } = client(device, { tokenStore: store });
    assert.equal((await other.getSession()).user.id, device.user.id);
  });

  it('are gone behind a logout: here, and at the server', async () => {
    const { app } = lab();
    const { client, store, device } = await lab().newUser();
    await client.logout();
    assert.equal(await store.load(), null);
    assert.equal((await call(app, 'GET', '/auth/session', { token: device.token })).status, 401);
    await client.logout();
  });

  it('are gone here even if the server cannot be reached', async () => {
    const { proxy } = lab();
    const { client, store } = await lab().newUser();
    proxy.always = 'reset';
    await assert.rejects(client.logout());
    assert.equal(await store.load(), null);
  });
});

describe('Stores of tokens', () => {
  const TOKENS = { accessToken: 'a', refreshToken: 'r' };
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      kept,
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
  };

  for (const [name, make] of [
    ['in memory', () => createMemoryTokenStore()],
    ['in a page', () => createLocalStorageTokenStore('tokens', storage())],
  ] as const) {
    it(`${name}: give back what they were given, until it is forgotten`, async () => {
      const store = make();
      assert.equal(await store.load(), null);
      await store.save(TOKENS);
      assert.deepEqual(await store.load(), TOKENS);
      await store.save(null);
      assert.equal(await store.load(), null);
    });
  }

  it('in a page: rubbish is nobody signed in, and nothing stays behind', () => {
    const own = storage();
    const store = createLocalStorageTokenStore('tokens', own);
    for (const rubbish of ['', '{', 'null', '[]', '{"accessToken":1,"refreshToken":"r"}', '{"accessToken":"a"}']) {
      own.kept.set('tokens', rubbish);
      assert.equal(store.load(), null, rubbish);
    }
    store.save(null);
    assert.equal(own.kept.size, 0);
  });
});
