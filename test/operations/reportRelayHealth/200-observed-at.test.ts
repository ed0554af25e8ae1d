import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import type { Answer } from '../../support/http.ts';
import { readSession, report, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('reportRelayHealth 200, by when the relay looked', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  const at = (seconds: number): string => new Date(app().clock.now().getTime() + seconds * 1000).toISOString();

  /** An active session with a stream, reported now. */
  async function startFed(): Promise<{ token: string; session: Answer['body'] }> {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await report(app(), session, { ingest_active: true, observed_at: at(0) });
    await app().advanceClock(10);
    return { token, session };
  }

  it('counts a report of now', async () => {
    const { session } = await startFed();
    const { body } = await report(app(), session, { ingest_active: false, observed_at: at(0) });
    assert.equal(body.status, 'grace');
  });

  for (const [what, observedAt] of [
    ['an hour late', () => at(-3_600)],
    ['an hour in the future', () => at(3_600)],
    ['from the year 2999', () => '2999-01-01T00:00:00Z'],
    ['from the year 1970', () => '1970-01-01T00:00:00Z'],
    ['older than the last one', () => at(-11)],
  ] as const) {
    it(`ignores the figures of a report that is ${what}, and answers 200`, async () => {
      const { token, session } = await startFed();
      const { status, body } = await report(app(), session, { ingest_active: false, observed_at: observedAt() });
      assert.equal(status, 200);
      assert.equal(body.status, 'active');
      const { version } = await readSession(app(), token, session.session_id);
      assert.equal(version, session.version);
      const next = await report(app(), session, { ingest_active: false, observed_at: at(0) });
      assert.equal(next.body.status, 'grace', 'it did not make later reports look old');
    });
  }

  it('ignores the figures of a late or future report even if it is the first one', async () => {
    for (const seconds of [-3_600, 3_600]) {
      const { token } = await signInNewUser(app());
      const session = await startActive(app(), token);
      await report(app(), session, { ingest_active: true, observed_at: at(seconds) });
      const { body } = await report(app(), session, { ingest_active: false, observed_at: at(0) });
      assert.equal(body.status, 'active', 'a stream that never came cannot be lost');
    }
  });

  it('ignores a report that is sent again', async () => {
    const { token, session } = await startFed();
    const fed = { ingest_active: true, observed_at: at(0) };
    await report(app(), session, fed);
    await app().advanceClock(1);
    await report(app(), session, { ingest_active: false, observed_at: at(0) });
    const { status, body } = await report(app(), session, fed);
    assert.deepEqual([status, body.status], [200, 'grace']);
    assert.equal((await readSession(app(), token, session.session_id)).version, session.version + 1);
  });

  it('reads times of other zones', async () => {
    const { session } = await startFed();
    const local = new Date(app().clock.now().getTime() + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30');
    const { body } = await report(app(), session, { ingest_active: false, observed_at: local });
    assert.equal(body.status, 'grace');
  });

  it('counts reports without a time in the order of their arrival', async () => {
    const { session } = await startFed();
    assert.equal((await report(app(), session, { ingest_active: false })).body.status, 'grace');
    assert.equal((await report(app(), session, { ingest_active: true })).body.status, 'active');
  });
});
