import assert from 'node:assert/strict';
import { pino } from 'pino';
import { ALIVE_EVERY_MS, type App, startApp } from '../../src/app.ts';
import type { Role } from '../../src/features/relay/index.ts';
import { DEADLINES_EVERY_MS } from '../../src/jobs/shared-ticks.ts';
import { type SignedIn, signInNewUser, startActive } from '../support/factories.ts';
import { freezeClock } from '../support/freeze-clock.ts';
import { type Answer, call } from '../support/http.ts';
import { heartbeat, readSession } from '../support/relay-calls.ts';
import type { StillClock } from '../support/still-clock.ts';
import { startTestApp, type TestApp } from '../support/test-app.ts';

describe('outages of the processes', () => {
  let api: TestApp;
  let worker: App;
  let clock: StillClock;
  let owner: SignedIn;
  let session: Answer['body'];
  let activatedAt: number;

  /** Another process on the same database, with the same clock. */
  const startAnother = (roles: readonly Role[]): Promise<App> =>
    startApp({
      config: api.config,
      roles,
      databaseUrl: api.databaseUrl,
      clock: api.clock,
      logger: pino({ level: 'silent' }),
      ticking: false,
    });

  before(async () => {
    api = await startTestApp({ roles: ['api'] });
    clock = freezeClock(api);
    worker = await startAnother(['worker']);
    await api.provider.faults.set({ silent_relay: true });
  });

  after(async () => {
    await worker.stop();
    await api.stop();
  });

  beforeEach(async () => {
    for (const table of ['relay_sessions', 'outages']) await api.database(table).delete();
    await api.advanceClock(0);
    owner = await signInNewUser(api);
    session = await startActive(api, owner.token);
    activatedAt = clock.now().getTime();
  });

  const at = (seconds: number) => new Date(activatedAt + seconds * 1000).toISOString();
  const outages = () => worker.database('outages').select();
  const status = async () => (await worker.database('relay_sessions').where({ id: session.session_id }).first()).status;

  /** The API is there all along: it writes its mark at least every 25 s. */
  async function passWithApi(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 25) {
      clock.forward(Math.min(25, left));
      await api.markAlive();
    }
  }

  it('a worker alone acts only up to the last mark of the API', async () => {
    await passWithApi(290);
    clock.forward(5_000);
    await worker.markAlive();
    assert.equal(await worker.worker?.enforceDeadlines(), 0);
    assert.equal(await status(), 'active');
  });

  it('a worker alone acts once the API has been there behind a deadline', async () => {
    await passWithApi(310);
    assert.equal(await worker.worker?.enforceDeadlines(), 1);
    assert.equal(await status(), 'grace');
    assert.deepEqual(await outages(), []);
  });

  it('a deadline is enforced within 5 s, however the turns of the two fall', async () => {
    await passWithApi(290);
    const deadline = activatedAt + 300_000;
    // The worst case: each turn comes just before what it waits for, and a shared one once in two periods.
    const turns = [
      { at: deadline - 1, everyMs: ALIVE_EVERY_MS, run: () => api.markAlive() },
      { at: deadline - 2, everyMs: ALIVE_EVERY_MS, run: () => worker.markAlive() },
      { at: deadline - 3, everyMs: 2 * DEADLINES_EVERY_MS, run: () => worker.worker?.enforceDeadlines() },
    ];
    while ((await status()) === 'active') {
      const [next] = turns.toSorted((a, b) => a.at - b.at) as [(typeof turns)[0]];
      clock.set(new Date(next.at).toISOString());
      await next.run();
      next.at += next.everyMs;
    }
    const event = await worker
      .database('relay_session_events')
      .where({ session_id: session.session_id, cause: 'lease_lapsed' })
      .first();
    assert.equal(event.at.toISOString(), at(300));
    assert.equal(event.recorded_at - deadline <= 5_000, true, `${event.recorded_at - deadline} ms late`);
  });

  it("the worker's own absence is no outage: what is due is done late, with its own time", async () => {
    await passWithApi(1_000);
    await worker.markAlive();
    assert.equal(await worker.worker?.enforceDeadlines(), 1);
    const row = await worker.database('relay_sessions').where({ id: session.session_id }).first();
    assert.deepEqual([row.status, row.stopped_at.toISOString()], ['stopped', at(900)]);
  });

  it('an API that starts again finds the outage that it was before anything lapses', async () => {
    await api.markAlive();
    clock.forward(3_600);
    const again = await startAnother(['api']);
    try {
      await worker.markAlive();
      assert.equal(await worker.worker?.enforceDeadlines(), 0);
      const { body } = await call({ url: String(again.url) }, 'POST', '/auth/refresh', {
        body: { refresh_token: owner.refreshToken },
      });
      const token = body.auth.cp_access_jwt;
      const shown = await readSession({ ...api, url: String(again.url) }, token, session.session_id);
      assert.deepEqual([shown.status, shown.timers.lease_expires_at], ['active', at(3_900)]);
      const answer = await heartbeat({ ...api, url: String(again.url) }, token, session);
      assert.deepEqual([answer.status, answer.body.status], [200, 'active']);
    } finally {
      await again.stop();
    }
  });

  it('moving the development clock is none', async () => {
    const response = await fetch(`${api.adminUrl}/dev/clock`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ advance_seconds: 1_000 }),
    });
    assert.equal(response.status, 200);
    await api.markAlive();
    await worker.markAlive();
    assert.equal(await worker.worker?.enforceDeadlines(), 1);
    assert.equal(await status(), 'stopped');
    assert.deepEqual(await outages(), []);
  });
});
