import assert from 'node:assert/strict';
import { signIn, signInNewUser, startActive } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import {
  assertError,
  eventsOf,
  heartbeat,
  readSession,
  report,
  startHeld,
  stop,
  useFaults,
} from '../../support/relay-calls.ts';
import { TEST_SECRETS, useApp } from '../../support/test-app.ts';

const UNKNOWN = 'ses_019aa1c30000710092a3b4c5d6e7f809';

describe('reportRelayHealth 404', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  it("has one body for an unknown session, another instance, a stopped session and someone else's", async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const stopped = await startActive(app(), mia.token);
    await stop(app(), mia.token, { session_id: stopped.session_id });
    const session = await startActive(app(), mia.token);
    const { session_id, instance_id } = session;
    const cases = [
      { session_id: UNKNOWN, instance_id },
      { session_id, instance_id: stopped.instance_id },
      { session_id, instance_id: 'i-0a1b2c3d4e5f67890' },
      { session_id: stopped.session_id, instance_id: stopped.instance_id },
    ];
    const answers = [
      ...(await Promise.all(cases.map((body) => heartbeat(app(), mia.token, body)))),
      ...(await Promise.all(cases.map((body) => report(app(), body, { ingest_active: true })))),
      await heartbeat(app(), ben.token, session),
    ];
    const bodies = answers.map((answer) => assertError(answer, 404, 'not_found'));
    for (const body of bodies) assert.deepEqual(body, bodies[0]);
    assert.equal((await readSession(app(), mia.token, session_id)).version, session.version);
  });

  it("refuses someone else's session even with the shared key beside the bearer token", async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const { session_id, instance_id, timers } = await startActive(app(), mia.token);
    const options = {
      token: ben.token,
      body: { session_id, instance_id },
      headers: { 'X-Relay-Auth': TEST_SECRETS.RELAY_SHARED_KEY },
    };
    await app().advanceClock(10);
    assertError(await call(app(), 'POST', '/relay/health', options), 404, 'not_found');
    const now = await readSession(app(), mia.token, session_id);
    assert.equal(now.timers.lease_expires_at, timers.lease_expires_at, 'nothing was renewed');
  });

  it('is given for another instance while the relay is launched', async () => {
    const { token } = await signInNewUser(app());
    const { session_id } = await startHeld(app(), token);
    assertError(await heartbeat(app(), token, { session_id, instance_id: 'i-0' }), 404, 'not_found');
    assertError(await report(app(), { session_id, instance_id: 'i-0' }), 404, 'not_found');
  });

  it('is given from the moment grace is over, and stores that the session ended then', async () => {
    const owner = await signInNewUser(app());
    const session = await startActive(app(), owner.token);
    await app().advanceClock(300 + 600);
    const { token } = await signIn(app(), owner.user);
    const answers: Answer[] = [await heartbeat(app(), token, session), await report(app(), session)];
    for (const answer of answers) assertError(answer, 404, 'not_found');
    const last = (await eventsOf(app(), session.session_id)).at(-1);
    const graceEnd = Date.parse(session.timers.lease_expires_at) + 600_000;
    assert.deepEqual([last?.to_status, last?.cause, last?.at.getTime()], ['stopped', 'grace_expired', graceEnd]);
  });
});
