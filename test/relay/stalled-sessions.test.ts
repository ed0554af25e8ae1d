import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../support/factories.ts';
import { freezeClock } from '../support/freeze-clock.ts';
import { heartbeat, report, useFaults } from '../support/relay-calls.ts';
import { type TestApp, useApp } from '../support/test-app.ts';

/** What the worker's run finds, and the gauge says afterwards. */
async function stalled(app: TestApp): Promise<number> {
  const found = await app.worker?.watchMeters();
  const metrics = await (await fetch(`${app.adminUrl}/metrics`)).text();
  assert.equal(/^telemy_usage_stalled_sessions (\d+)$/m.exec(metrics)?.[1], String(found));
  return Number(found);
}

describe('the gauge of stalled sessions', () => {
  describe('where the stream is what is billed', () => {
    const app = useApp({ env: { METERING_POLICY: 'ingest' } });
    useFaults(app, { silent_relay: true });
    let streamer: { token: string; session: { session_id: string; instance_id: string } };

    beforeEach(async () => {
      freezeClock(app());
      await app().database('relay_sessions').delete();
      const { token } = await signInNewUser(app());
      streamer = { token, session: await startActive(app(), token) };
    });

    /** The owner's plugin keeps the session alive. */
    async function pass(seconds: number): Promise<void> {
      for (let left = seconds; left > 0; left -= 100) {
        await app().advanceClock(Math.min(left, 100));
        await heartbeat(app(), streamer.token, streamer.session);
      }
    }

    it('counts a relay with a stream that is silent for five minutes and its coverage, until it is heard again', async () => {
      await report(app(), streamer.session, { ingest_active: true });
      await pass(90 + 299);
      assert.equal(await stalled(app()), 0);
      await pass(1);
      assert.equal(await stalled(app()), 1);
      await report(app(), streamer.session, { ingest_active: true });
      assert.equal(await stalled(app()), 0);
    });

    it('leaves a relay alone that was never fed, and one that is heard all along', async () => {
      await pass(800);
      assert.equal(await stalled(app()), 0);
      for (let count = 0; count < 10; count += 1) {
        await report(app(), streamer.session, { ingest_active: true });
        await app().advanceClock(60);
        assert.equal(await stalled(app()), 0);
      }
    });

    it('waits five minutes after a return from grace for the first report', async () => {
      await report(app(), streamer.session, { ingest_active: true });
      await app().advanceClock(400);
      await heartbeat(app(), streamer.token, streamer.session);
      await pass(300);
      assert.equal(await stalled(app()), 0);
      await pass(1);
      assert.equal(await stalled(app()), 1);
    });
  });

  describe('where the time in active is billed', () => {
    const app = useApp();
    useFaults(app, { silent_relay: true });

    it('stays at 0', async () => {
      const { token } = await signInNewUser(app());
      const session = await startActive(app(), token);
      await report(app(), session, { ingest_active: true });
      await app().advanceClock(290);
      await heartbeat(app(), token, session);
      await app().advanceClock(290);
      assert.equal(await stalled(app()), 0);
    });
  });
});
