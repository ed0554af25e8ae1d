import assert from 'node:assert/strict';
import { createTelemyClient, TelemyApiError, TelemyNetworkError } from '../../../src/sdk/index.ts';
import type { DeviceTokens, TokenStore } from '../../../src/sdk/token-store.ts';
import { createMemoryTokenStore } from '../../../src/sdk/token-stores.ts';
import { FAST_TIMERS } from '../../support/sdk-lab.ts';

const OLD: DeviceTokens = { accessToken: 'A1', refreshToken: 'R1' };
const NEW: DeviceTokens = { accessToken: 'A2', refreshToken: 'R2' };
const AUTH = { auth: { cp_access_jwt: NEW.accessToken, refresh_token: NEW.refreshToken } };

type Answers = (path: string, request: Request) => Response | Promise<Response>;

const refusal = (status: number, code: string) =>
  Response.json({ error: { code, message: 'no', request_id: 'x', details: {} } }, { status });
const isFresh = (request: Request) => request.headers.get('Authorization') !== `Bearer ${OLD.accessToken}`;
/** Usage for whoever isn't there with the old token. */
const usage = (request: Request) => (isFresh(request) ? Response.json({ ok: true }) : refusal(401, 'unauthorized'));

function make(answers: Answers, store: TokenStore = createMemoryTokenStore(OLD)) {
  const asked: string[] = [];
  const storeErrors: unknown[] = [];
  const client = createTelemyClient({
    baseUrl: 'https://api.example.com',
    tokenStore: store,
    clientVersion: '1.0.0',
    timers: FAST_TIMERS,
    timeoutMs: 1_000_000,
    onStoreError: (error) => storeErrors.push(error),
    async fetch(input) {
      const request = input as Request;
      const path = new URL(request.url).pathname.replace('/api/v1', '');
      asked.push(path);
      return answers(path, request);
    },
  });
  return { client, store, asked, storeErrors };
}

/** A refresh that is answered when the test says so. */
function heldRefresh() {
  const began = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const respond = () => {
    began.resolve();
    return answer.promise;
  };
  return { began, answer, respond };
}

describe('Tokens, when things happen at the same time', () => {
  it('that arrive behind a logout are not kept', async () => {
    const refresh = heldRefresh();
    const { client, store } = make((path, request) => {
      if (path === '/auth/refresh') return refresh.respond();
      return path === '/auth/logout' ? new Response(null, { status: 204 }) : usage(request);
    });
    const call = client.getUsage();
    await refresh.began.promise;
    await client.logout();
    refresh.answer.resolve(Response.json(AUTH));
    await assert.rejects(call, TelemyApiError);
    assert.equal(await store.load(), null);
  });

  for (const [name, late] of [
    ['new ones', () => Response.json(AUTH)],
    ['the end of the old sign-in', () => refusal(410, 'session_expired')],
  ] as const) {
    it(`of a new sign-in stay when ${name} arrive late`, async () => {
      const refresh = heldRefresh();
      const { client, store } = make((path, request) =>
        path === '/auth/refresh' ? refresh.respond() : usage(request),
      );
      const call = client.getUsage();
      await refresh.began.promise;
      const signedInAnew = { accessToken: 'A9', refreshToken: 'R9' };
      await store.save(signedInAnew);
      refresh.answer.resolve(late());
      await call;
      assert.deepEqual(await store.load(), signedInAnew);
    });
  }

  it('that another dock has renewed between two tries are used: the old one is not sent again', async () => {
    const store = createMemoryTokenStore(OLD);
    const { client, asked } = make(async (path, request) => {
      if (path !== '/auth/refresh') return usage(request);
      await store.save(NEW);
      throw new TypeError('the connection broke');
    }, store);
    await client.getUsage();
    assert.deepEqual([asked.filter((path) => path === '/auth/refresh').length, await store.load()], [1, NEW]);
  });

  it('stay when a proxy refuses a refresh in its own words', async () => {
    const page = () => new Response('<h1>Sign in to the Wi-Fi</h1>', { status: 401 });
    const { client, store } = make(page);
    await assert.rejects(client.getUsage(), TelemyApiError);
    assert.deepEqual(await store.load(), OLD);
  });

  it('stay when the answer to a refresh has none', async () => {
    const { client, store } = make((path, request) =>
      path === '/auth/refresh' ? Response.json({ portal: true }) : usage(request),
    );
    await assert.rejects(
      client.getUsage(),
      (error) => error instanceof TelemyNetworkError && error.kind === 'bad_answer',
    );
    assert.deepEqual(await store.load(), OLD);
  });

  it('that cannot be stored are used all the same, refreshed once, and the store is complained about', async () => {
    const full: TokenStore = { load: () => OLD, save: () => Promise.reject(new Error('the disk is full')) };
    const { client, asked, storeErrors } = make(
      (path, request) => (path === '/auth/refresh' ? Response.json(AUTH) : usage(request)),
      full,
    );
    await client.getUsage();
    await client.getUsage();
    assert.equal(asked.filter((path) => path === '/auth/refresh').length, 1);
    assert.match(String(storeErrors), /the disk is full/);
  });

  it('that are too old for a logout are traded for one call, and not kept', async () => {
    const { client, store, asked } = make((path, request) => {
      if (path === '/auth/refresh') return Response.json(AUTH);
      return isFresh(request) ? new Response(null, { status: 204 }) : refusal(401, 'unauthorized');
    });
    await client.logout();
    assert.deepEqual([await store.load(), asked], [null, ['/auth/logout', '/auth/refresh', '/auth/logout']]);
  });

  it('are not waited for by a call that is aborted', async () => {
    const refresh = heldRefresh();
    const { client } = make((path, request) => (path === '/auth/refresh' ? refresh.respond() : usage(request)));
    const controller = new AbortController();
    const reason = new Error('closing');
    const call = client.getUsage({ signal: controller.signal });
    await refresh.began.promise;
    controller.abort(reason);
    await assert.rejects(call, (error) => error === reason);
    refresh.answer.resolve(Response.json(AUTH));
  });

  it('are asked for without following a redirect to somewhere else', async () => {
    let redirect = '';
    const { client } = make((_path, request) => {
      redirect = request.redirect;
      return usage(request);
    });
    await client.getUsage().catch(() => undefined);
    assert.equal(redirect, 'error');
  });
});

describe('A login, when things go wrong', () => {
  it('ends with the reason of an abort even while the browser is being opened', async () => {
    const controller = new AbortController();
    const attempt = { login_attempt_id: 'p', authorize_url: 'https://x', user_code: 'c', poll_token: 't' };
    const { client } = make(() => Response.json({ ...attempt, expires_at: new Date().toISOString() }, { status: 201 }));
    const login = client.login({
      signal: controller.signal,
      openBrowser: () => {
        controller.abort(new Error('closing'));
        return new Promise(() => undefined);
      },
    });
    await assert.rejects(login, /closing/);
  });

  it('at an address that is no control plane is an error, not a login that expired', async () => {
    const { client } = make(() => refusal(404, 'not_found'));
    await assert.rejects(
      client.login({ openBrowser: () => assert.fail('no browser opens') }),
      (error) => error instanceof TelemyApiError && error.status === 404,
    );
  });
});

describe('A wait that a server asks for', () => {
  it('may be told as a date, by the clock of whoever tells it', async () => {
    const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000).toUTCString();
    const { client } = make(
      () => new Response('busy', { status: 503, headers: { Date: at(0), 'Retry-After': at(90) } }),
    );
    await assert.rejects(client.getUsage(), (error) => error instanceof TelemyApiError && error.retryAfter === 90);
  });
});
