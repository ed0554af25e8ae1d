import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import { findFreePort } from '../support/free-port.ts';
import { type Answer, call } from '../support/http.ts';
import { type Mock, startMock } from './mock-process.ts';

type Session = Record<string, string> & { version: number };

/** One process for all of these tests. A database that it was told of is not there: it must not so much as look for it. */
const ELSEWHERE = { DATABASE_URL: 'postgres://someone@127.0.0.1:1/of-use', RATE_LIMIT_FACTOR: '1' };

describe('npm run mock -- --stateful', function () {
  this.timeout(60_000);
  let mock: Mock;
  let token = '';
  let hasEnded = false;
  let firstReset: { auth: { cp_access_jwt: string } };

  before(async () => {
    const adminPort = await findFreePort();
    const early = resetAtOnce(adminPort);
    [mock, firstReset] = await Promise.all([
      startMock(['--stateful', '--admin-port', String(adminPort)], ELSEWHERE),
      early,
    ]);
    token = told(/^ {2}TOKEN=(\S+)$/m);
  });

  after(async () => {
    if (!hasEnded) await mock.stop('SIGTERM');
  });

  const told = (pattern: RegExp): string => {
    const [, text] = pattern.exec(mock.output()) ?? [];
    assert.ok(text, `It doesn't say ${pattern}: ${mock.output()}`);
    return text;
  };
  const adminUrl = () => told(/^ {2}Admin +(\S+)$/m);
  const flip = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${adminUrl()}/dev${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };
  /** Back to the beginning; later calls are those of the new user. */
  const reset = async () => {
    const answer = await flip('POST', '/reset');
    token = answer.auth.cp_access_jwt;
    return answer;
  };
  const ask = (method: string, path: string, body?: object): Promise<Answer> =>
    call(mock, method, path, { token, body, headers: { 'Idempotency-Key': randomUUID() } });
  const start = async (): Promise<Session> => {
    const answer = await ask('POST', '/relay/start', { connection_id: randomUUID() });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.session;
  };
  /** Waits by long polls until the live session is so. */
  const follow = async (session: Session, isSo: (session: Session) => boolean): Promise<Session> => {
    let seen = session;
    while (!isSo(seen)) {
      const { status, body, text } = await ask('GET', `/relay/active?wait_seconds=20&since_version=${seen.version}`);
      assert.equal(status, 200, text);
      assert.notEqual(body.session.version, seen.version, `nothing happens any more: ${text}`);
      seen = body.session;
    }
    return seen;
  };

  it('prints a token that is good without a browser', async () => {
    const { status, body } = await ask('GET', '/auth/session');
    assert.equal(status, 200);
    assert.deepEqual(
      [body.user.email, body.entitlement.relay_access_status, body.active_relay],
      ['demo@example.com', 'enabled', null],
    );
  });

  it('takes a reset in the midst of its start, and prints the token of the life that is left', () => {
    assert.equal(firstReset.auth.cp_access_jwt, token);
  });

  it('goes through a whole life: held in its launch, active, lapsed by the clock, in grace, stopped, forgotten', async () => {
    await flip('PUT', '/faults', { hold_step: 'starting_docker', silent_relay: true });
    const held = await follow(await start(), ({ provision_step }) => provision_step === 'starting_docker');
    assert.equal(held.status, 'provisioning');
    await flip('PUT', '/faults', { hold_step: null });
    const active = await follow(held, ({ status }) => status === 'active');
    await flip('POST', '/clock', { advance_seconds: 301 });
    const inGrace = await follow(active, ({ status }) => status === 'grace');
    const id = inGrace.session_id;
    const stopped = await ask('POST', '/relay/stop', { session_id: id });
    assert.deepEqual([stopped.status, stopped.body.status], [200, 'stopped']);
    assert.notEqual((await ask('GET', '/usage/current')).body.consumed_seconds, 0);

    const old = token;
    const before = Date.now();
    const { now, user } = await reset();
    assert.equal(Date.parse(now) >= before && Date.parse(now) <= Date.now(), true, `the clock says ${now}`);
    assert.deepEqual(await flip('GET', '/faults'), {});
    assert.equal((await call(mock, 'GET', '/auth/session', { token: old })).status, 401);
    assert.equal((await ask('GET', `/relay/sessions/${id}`)).status, 404);
    assert.equal((await ask('GET', '/usage/current')).body.consumed_seconds, 0);
    assert.equal((await ask('GET', '/auth/session')).body.user.id, user.id);
  });

  it('is reset in the midst of everything: relays end, waiting polls are answered, limits begin anew, nothing is sold', async () => {
    const seller = told(/^ {2}Seller +(\S+)/m);
    const active = await follow(await start(), ({ status }) => status === 'active');
    const { public_ip: address, stats_port: port } = active.relay as unknown as Record<string, string>;
    assert.equal((await fetch(`http://${address}:${port}/stats`)).status, 200);
    const checkout = await ask('POST', '/billing/checkout', { addon_relays: 1 });
    assert.equal(checkout.status, 201, checkout.text);
    while ((await ask('POST', '/relay/start', {})).status !== 429);
    const waiting = ask('GET', '/relay/active?wait_seconds=25&since_version=2147483647');
    const [poll] = await Promise.all([waiting, reset()]);
    assert.equal([200, 204].includes(poll.status), true, poll.text);
    await assert.rejects(fetch(`http://${address}:${port}/stats`), TypeError);
    assert.equal((await fetch(checkout.body.checkout_url)).status, 404);
    assert.equal((await fetch(`${seller}/stand-in`)).status, 200);
    await start();
  });

  it('makes one of two resets at the same moment', async () => {
    const [one, other] = await Promise.all([reset(), reset()]);
    assert.deepEqual(one, other);
    const { status, body } = await ask('GET', '/auth/session');
    assert.deepEqual([status, body.active_sessions], [200, []]);
  });

  it('leaves a database alone that it is told of, and says so', () => {
    assert.match(mock.output(), /DATABASE_URL is left alone/);
  });

  it('does not start for production', async () => {
    await assert.rejects(startMock(['--stateful'], { NODE_ENV: 'production' }), /not for production/);
  });

  describe('at its end', () => {
    it('goes cleanly on SIGINT, relay and all, and leaves nothing behind', async () => {
      const folder = told(/^ {2}Data +(\S+)/m);
      assert.equal(existsSync(folder), true);
      await follow(await start(), ({ status }) => status === 'active');
      hasEnded = true;
      assert.deepEqual(await mock.stop('SIGINT'), [0, null], mock.output());
      assert.equal(existsSync(folder), false);
      await assert.rejects(fetch(`${mock.url}/api/v1/capacity/status`), TypeError);
    });
  });
});

/** Asks for a reset as soon as anybody listens there. */
function resetAtOnce(adminPort: number): Promise<{ auth: { cp_access_jwt: string } }> {
  const ask = async () => (await fetch(`http://127.0.0.1:${adminPort}/dev/reset`, { method: 'POST' })).json();
  return eventually(ask, { timeoutMs: 50_000, intervalMs: 5 }) as Promise<{ auth: { cp_access_jwt: string } }>;
}
