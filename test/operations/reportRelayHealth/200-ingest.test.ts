import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { freezeClock } from '../../support/freeze-clock.ts';
import { call } from '../../support/http.ts';
import { readSession, report, useFaults } from '../../support/relay-calls.ts';
import { TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { readUsage } from '../common/usage.ts';

describe('reportRelayHealth 200 with METERING_POLICY=ingest', () => {
  const app = useApp({ env: { METERING_POLICY: 'ingest' } });
  useFaults(app, { silent_relay: true });

  before(() => {
    freezeClock(app());
  });

  /** The API is away for so long, and back. */
  async function beAway(seconds: number): Promise<void> {
    app().clock.advance(seconds * 1000);
    await app().markAlive();
  }

  /** What getCurrentUsage and the session's view say. */
  async function billed(token: string, sessionId: string): Promise<number[]> {
    const { usage } = await readSession(app(), token, sessionId);
    return [(await readUsage(app(), token)).consumed_seconds, usage.duration_seconds];
  }

  it("bills a relay's stream for 90 s a report, and behind an outage of ours what its uptime proves", async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    await app().advanceClock(30);
    assert.deepEqual(await billed(token, session.session_id), [0, 0]);
    await report(app(), session, { ingest_active: true, session_uptime_seconds: 30 });
    await app().advanceClock(20);
    assert.deepEqual(await billed(token, session.session_id), [20, 20]);
    await beAway(250);
    assert.deepEqual(await billed(token, session.session_id), [90, 90]);
    await report(app(), session, { ingest_active: true, session_uptime_seconds: 300 });
    assert.deepEqual(await billed(token, session.session_id), [270, 270]);
    const { body } = await call(app(), 'GET', '/usage/sessions', { token });
    assert.deepEqual(
      body.sessions[0].adjustments.map(({ seconds, reason }: { seconds: number; reason: string }) => [seconds, reason]),
      [[180, 'outage_true_up']],
    );
  });

  it('bills nothing by what an owner says of stream and uptime, even with a good key beside the token', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const { session_id, instance_id } = session;
    const body = { session_id, instance_id, ingest_active: true, session_uptime_seconds: 600_000 };
    await call(app(), 'POST', '/relay/health', { token, body });
    await app().advanceClock(30);
    assert.deepEqual(await billed(token, session_id), [0, 0]);

    await report(app(), session, { ingest_active: true });
    await beAway(300);
    const headers = { 'X-Relay-Auth': TEST_SECRETS.RELAY_SHARED_KEY };
    for (const options of [
      { token, body },
      { token, body, headers },
    ]) {
      assert.equal((await call(app(), 'POST', '/relay/health', options)).status, 200);
    }
    assert.deepEqual(await billed(token, session_id), [90, 90]);
  });
});
