import assert from 'node:assert/strict';
import { type LoginOutcome, TelemyApiError, type Timers } from '../../../src/sdk/index.ts';
import { decideLogin, makeUser } from '../../support/factories.ts';
import type { WireFault } from '../../support/fault-proxy.ts';
import { FAST_TIMERS, useSdkLab } from '../../support/sdk-lab.ts';

type Decision = { outcome: 'completed' | 'denied'; user_id?: string; reason_code?: string };

describe('login()', () => {
  const lab = useSdkLab({ roles: ['api'] });

  /** Logs in; the browser that opens is told what to do. */
  async function loginWith(inBrowser: (attemptId: string) => Promise<unknown>, signal?: AbortSignal) {
    const { client, store } = lab().client();
    const codes: string[] = [];
    const ended = client.login({
      deviceName: 'DECK',
      onUserCode: (code) => codes.push(code),
      openBrowser: async (url) => void (await inBrowser(new URL(url).searchParams.get('attempt') as string)),
      ...(signal ? { signal } : {}),
    });
    return { client, store, codes, outcome: (await ended) as LoginOutcome };
  }
  const deciding = (decision: Decision) => (login_attempt_id: string) =>
    decideLogin(lab().app, { login_attempt_id, ...decision });

  it('signs in, tells the code, and keeps the tokens, with which everything else works', async () => {
    const user = await makeUser(lab().app);
    const { client, store, codes, outcome } = await loginWith(deciding({ outcome: 'completed', user_id: user.id }));
    assert.equal(outcome.status === 'signed_in' && outcome.account.user.email, user.email);
    assert.deepEqual(Object.keys(outcome).sort(), ['account', 'status']);
    assert.equal(outcome.status === 'signed_in' && 'auth' in outcome.account, false);
    assert.match(String(codes), /^[A-Z]{4}-[A-Z]{4}$/);
    assert.equal(await client.isSignedIn(), true);
    assert.notEqual(await store.load(), null);
    assert.equal((await client.getSession()).user.id, user.id);
    const [device] = await lab().app.database('auth_sessions').where({ user_id: user.id });
    assert.deepEqual([device.client_platform, device.client_version, device.device_name], ['unknown', '1.0.0', 'DECK']);
  });

  it('tells a denial with its reason, and signs nobody in', async () => {
    const { client, outcome } = await loginWith(deciding({ outcome: 'denied', reason_code: 'user_declined' }));
    assert.deepEqual(outcome, { status: 'denied', reasonCode: 'user_declined' });
    assert.equal(await client.isSignedIn(), false);
  });

  it('tells that nobody decided in time', async () => {
    const { outcome } = await loginWith(() => lab().app.advanceClock(601));
    assert.deepEqual(outcome, { status: 'expired' });
  });

  it('tells that the tokens went to someone else, or were lost with an answer', async () => {
    const user = await makeUser(lab().app);
    const { outcome } = await loginWith(async (id) => {
      lab().proxy.fail('/login/poll', 'lost');
      await deciding({ outcome: 'completed', user_id: user.id })(id);
    });
    assert.deepEqual(outcome, { status: 'already_claimed' });
  });

  for (const fault of ['reset', 'bad_gateway', 'unavailable', 'garbage', 'slow'] satisfies WireFault[]) {
    it(`goes on polling when polls meet "${fault}"`, async () => {
      const user = await makeUser(lab().app);
      const { outcome } = await loginWith(async (id) => {
        lab().proxy.fail('/login/poll', fault, fault);
        await deciding({ outcome: 'completed', user_id: user.id })(id);
      });
      assert.equal(outcome.status, 'signed_in');
    });
  }

  it('rejects when it cannot even begin, and begins only once', async () => {
    const { proxy } = lab();
    const from = proxy.calls.length;
    proxy.fail('/login/start', 'bad_gateway');
    await assert.rejects(
      loginWith(async () => assert.fail('no browser opens')),
      TelemyApiError,
    );
    assert.equal(proxy.calls.length - from, 1);
  });

  it('ends with the reason of whoever gives up waiting', async () => {
    const controller = new AbortController();
    const reason = new Error('the dock was closed');
    await assert.rejects(
      loginWith(async () => controller.abort(reason), controller.signal),
      (error) => error === reason,
    );
  });

  it('fails with what the browser failed with', async () => {
    await assert.rejects(
      loginWith(async () => Promise.reject(new Error('no browser here'))),
      /no browser here/,
    );
  });
});

describe('login() at a server with a minimum version', () => {
  const lab = useSdkLab({ roles: ['api'], env: { MIN_CLIENT_VERSION: '2.0.0' } });

  it('tells which version it takes', async () => {
    const { client } = lab().client();
    const outcome = await client.login({ openBrowser: () => assert.fail('no browser opens') });
    assert.deepEqual(outcome, { status: 'upgrade_required', minimumVersion: '2.0.0' });
  });
});

/** Time limit of each call there, told apart from the waits between polls. */
const LIMIT_MS = 1_000_000;

describe('login() at a server that says how fast to poll', () => {
  const lab = useSdkLab({ roles: ['api'] });

  it('polls at its pace, and slower when it is told so', async () => {
    const { app, client } = lab();
    const waits: number[] = [];
    let attempt = '';
    let polls = 0;
    const timers: Timers = {
      now: FAST_TIMERS.now,
      after(ms, run) {
        if (ms < LIMIT_MS) waits.push(ms);
        return FAST_TIMERS.after(ms, run);
      },
    };
    const onTheWay: typeof fetch = async (input) => {
      if (!(input as Request).url.endsWith('/login/poll')) return fetch(input);
      polls += 1;
      if (polls === 2) return Response.json({}, { status: 429, headers: { 'Retry-After': '7' } });
      if (polls === 3) await decideLogin(app, { login_attempt_id: attempt, outcome: 'denied' });
      return fetch(input);
    };
    const impatient = client(undefined, { timers, timeoutMs: LIMIT_MS, fetch: onTheWay }).client;
    const openBrowser = (url: string) => {
      attempt = new URL(url).searchParams.get('attempt') ?? '';
    };
    assert.equal((await impatient.login({ openBrowser })).status, 'denied');
    assert.deepEqual(waits, [3_000, 7_000]);
  });
});
