import assert from 'node:assert/strict';
import { assertError, assertFaults } from '../operations/common/error-body.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { PRODUCTION } from '../support/good-secrets.ts';
import { call } from '../support/http.ts';
import { NO_PLACEMENT, refOf } from '../support/instances.ts';
import { createLocalRelays, provisionRequest } from '../support/local-relays.ts';
import { startTestApp, useApp } from '../support/test-app.ts';
import { fetchPath } from './fetch-path.ts';

const SWITCHES: [method: string, path: string, body?: string][] = [
  ['GET', '/dev/clock'],
  ['POST', '/dev/clock', '{"advance_seconds":60}'],
  ['GET', '/dev/faults'],
  ['PUT', '/dev/faults', '{"silent_relay":true}'],
  ['DELETE', '/dev/faults'],
  ['POST', '/dev/reset'],
];

describe('Development switches in production', () => {
  const app = useApp({ roles: ['worker'], env: { ...PRODUCTION, RATE_LIMIT_FACTOR: '1' } });

  for (const [method, path, body] of SWITCHES) {
    it(`${method} ${path} is refused and does nothing`, async () => {
      const { offsetMs } = app().clock;
      const answer = await fetchPath(app().adminUrl, path, { method, ...(body === undefined ? {} : { body }) });
      assertError(answer, 403, 'forbidden');
      assert.equal(app().clock.offsetMs, offsetMs);
      assert.deepEqual(await app().provider.faults.get(), {});
    });
  }

  it('operators still see metrics and readiness', async () => {
    for (const path of ['/metrics', '/readyz']) assert.equal((await fetchPath(app().adminUrl, path)).status, 200);
  });
});

describe('Development switches elsewhere', () => {
  const app = useApp();
  afterEach(() => app().provider.faults.reset());

  const send = (method: string, path: string, body?: unknown) =>
    fetchPath(app().adminUrl, path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const readClock = async () => Date.parse((await send('GET', '/dev/clock')).body.now);

  for (const [method, path, body] of SWITCHES) {
    it(`${method} ${path} is refused to web pages, which any site can have a browser ask, and does nothing`, async () => {
      const { offsetMs } = app().clock;
      const told: Record<string, string>[] = [
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-origin' },
      ];
      for (const headers of told) {
        const options = { method, headers, ...(body === undefined ? {} : { body }) };
        assertError(await fetchPath(app().adminUrl, path, options), 403, 'forbidden');
      }
      assert.equal(app().clock.offsetMs, offsetMs);
      assert.deepEqual(await app().provider.faults.get(), {});
    });
  }

  it('tell the time, and move it for everything that the service does by it', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const before = await readClock();
    const moved = await send('POST', '/dev/clock', { advance_seconds: 310 });
    assert.equal(moved.status, 200);
    assert.equal(Date.parse(moved.body.now) >= before + 310_000, true);
    assert.equal((await readClock()) >= before + 310_000, true);
    // The lease lapsed meanwhile, and the transition is stored already.
    const stored = await app().database('relay_sessions').where({ id: session.session_id }).first();
    assert.equal(stored.status, 'grace');
    const { body } = await call(app(), 'GET', `/relay/sessions/${session.session_id}`, { token });
    assert.equal(body.session.status, 'grace');
  });

  it('move the clock of the relays along, whatever faults they are given or relieved of', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await send('POST', '/dev/clock', { advance_seconds: 250 });
    assert.deepEqual((await send('DELETE', '/dev/faults')).body, {});
    await send('PUT', '/dev/faults', { ingest: 'on' });
    // A report that is older than 120 s by the service's clock would tell nothing of the stream.
    await eventually(async () => {
      const stored = await app().database('relay_sessions').where({ id: session.session_id }).first();
      assert.equal(stored.ingest_state, 'active');
    });
    assert.deepEqual((await send('GET', '/dev/faults')).body, { ingest: 'on' });
  });

  it('leave nothing in the clock of relays that outlive the server whose clock was moved', async () => {
    const relays = await createLocalRelays();
    const { posts, url } = await relays.startHealthServer();
    const ahead = () => Date.parse(String(posts.at(-1)?.body.observed_at)) - Date.now();
    await send('POST', '/dev/clock', { advance_seconds: 250 });
    const { instanceId } = await app().provider.provision(provisionRequest({ healthUrl: url }), NO_PLACEMENT);
    await eventually(() => assert.equal(ahead() > 200_000, true));
    const next = await startTestApp({ roles: ['api'] });
    try {
      // Has a report sent at once.
      await app().provider.faults.set({ ingest: 'on' });
      await eventually(() => assert.equal(posts.at(-1)?.body.ingest_active, true));
      assert.equal(Math.abs(ahead()) < 20_000, true, `${ahead()} ms ahead`);
    } finally {
      await next.stop();
      await app().provider.deprovision(refOf(instanceId));
      await relays.cleanUp();
    }
  });

  for (const advance_seconds of ['60', null, 1e12, undefined]) {
    it(`refuse to move the clock by ${JSON.stringify(advance_seconds)}`, async () => {
      const { offsetMs } = app().clock;
      assertFaults(await send('POST', '/dev/clock', { advance_seconds }), ['/body/advance_seconds']);
      assert.equal(app().clock.offsetMs, offsetMs);
    });
  }

  it('set, tell and clear the faults of the local relays', async () => {
    const faults = { slow_launch_ms: 5, silent_relay: true };
    assert.deepEqual((await send('PUT', '/dev/faults', faults)).body, faults);
    assert.deepEqual((await send('GET', '/dev/faults')).body, faults);
    assert.equal((await send('DELETE', '/dev/faults')).status, 200);
    assert.deepEqual((await send('GET', '/dev/faults')).body, {});
  });

  it('refuse a reset, which is for databases that are thrown away, and leave everything as it is', async () => {
    const { token } = await signInNewUser(app());
    await send('PUT', '/dev/faults', { silent_relay: true });
    const answer = await send('POST', '/dev/reset');
    assertError(answer, 403, 'forbidden');
    assert.match(answer.body.error.message, /npm run mock -- --stateful/);
    assert.deepEqual((await send('GET', '/dev/faults')).body, { silent_relay: true });
    assert.equal((await call(app(), 'GET', '/auth/session', { token })).status, 200);
  });

  it('refuse faults that do not exist, and bodies that are no object', async () => {
    assert.equal((await send('PUT', '/dev/faults', { no_such_fault: true })).status, 400);
    for (const body of ['{', 'null', '"x"', '']) {
      const answer = await fetchPath(app().adminUrl, '/dev/faults', { method: 'PUT', body });
      assertFaults(answer, ['/body']);
    }
    assert.deepEqual((await send('GET', '/dev/faults')).body, {});
  });
});
