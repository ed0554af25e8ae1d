import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start } from '../support/factories.ts';
import { type Lab, openLab } from './lab.ts';
import { assertLegalHistory, assertOneInstance, waitForEnd } from './session-checks.ts';

const STARTS = 30;

describe('Two worker processes on one database', function () {
  this.timeout(120_000);
  let lab: Lab;

  before(async () => {
    lab = await openLab();
  });

  after(async () => {
    await lab.close();
  });

  it(`launch ${STARTS} relays at once, each of them exactly once`, async () => {
    await Promise.all([lab.start('worker'), lab.start('worker')]);
    const { token } = await signInNewUser(lab.api, 'internal');
    const started = await Promise.all(
      Array.from({ length: STARTS }, () => start(lab.api, token, { connection_id: randomUUID() })),
    );
    const ids = started.map(({ status, body, text }) => {
      assert.equal(status, 201, text);
      return body.session.session_id as string;
    });
    const ends = await Promise.all(ids.map((id) => waitForEnd(lab, token, id)));
    assert.deepEqual(new Set(ends), new Set(['active']));
    for (const id of ids) {
      await assertOneInstance(lab, id);
      await assertLegalHistory(lab, id);
    }
    const { database, provider } = lab.api;
    assert.equal((await provider.list(lab.deployment)).length, STARTS);
    // One launch each: nobody launched a relay that was thrown away again.
    const launches = await database('relay_instances').select('session_id', 'attempt', 'state');
    assert.equal(launches.length, STARTS);
    const activations = await database('relay_session_events').where({ to_status: 'active' });
    assert.equal(activations.length, STARTS);
  });
});
