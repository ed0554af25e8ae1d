import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { eventsOf, report, useFaults } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';

/** Within how long a deadline has to be enforced, in milliseconds. */
const WITHIN = { timeoutMs: 5_000 };

describe('Compared with the Go service: deadlines', () => {
  // The worker acts by itself here.
  const app = useApp({ ticking: true });
  useFaults(app, { silent_relay: true });

  /** Waits until the worker has stored the transition with that cause; answers its moment. */
  const untilStored = (sessionId: string, cause: string): Promise<number> =>
    eventually(async () => {
      const last = (await eventsOf(app(), sessionId)).at(-1);
      assert.equal(last?.cause, cause);
      return last?.at.getTime() ?? 0;
    }, WITHIN);

  it('grace, max duration: enforced within 5 s of the deadline', async () => {
    const { token } = await signInNewUser(app());
    const lapsing = await startActive(app(), token);
    const leaseEnd = Date.parse(lapsing.timers.lease_expires_at);
    await app().advanceClock(301);
    assert.equal(await untilStored(lapsing.session_id, 'lease_lapsed'), leaseEnd);
    await app().advanceClock(600);
    assert.equal(await untilStored(lapsing.session_id, 'grace_expired'), leaseEnd + 600_000);

    const { token: another } = await signInNewUser(app());
    const lasting = await startActive(app(), another);
    const activatedAt = Date.parse(lasting.timers.lease_expires_at) - 300_000;
    for (let elapsed = 290; elapsed < 57_600; elapsed += 290) {
      await app().advanceClock(290);
      assert.equal((await report(app(), lasting)).body.status, 'active', `after ${elapsed} s`);
    }
    await app().advanceClock(290);
    assert.equal(await untilStored(lasting.session_id, 'max_duration'), activatedAt + 57_600_000);
  });
});
