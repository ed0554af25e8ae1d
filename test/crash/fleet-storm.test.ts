import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { runStorm } from './fleet-storm.ts';

/** `npm run test:long` asks for 300 sessions and more kills. */
const SESSIONS = Number(process.env.STORM_SESSIONS || 60);
const KILLS = Number(process.env.STORM_KILLS || 2);

describe(`${SESSIONS} relays started at EC2 at once, with lost answers, throttling, a full zone and killed workers`, function () {
  this.timeout(300_000);

  it('leave exactly the instances of the live sessions behind', async () => {
    const seed = Number(process.env.STORM_SEED || randomInt(2 ** 31));
    console.log(`      repeat with STORM_SEED=${seed}`);
    const result = await runStorm({ sessions: SESSIONS, kills: KILLS, everyMs: 3_000, seed });
    console.log(`      ${JSON.stringify(result)}`);
    assert.equal(result.failed, 0, 'no launch was given up');
    assert.ok(result.hit > 0, 'EC2 did misbehave');
  });
});
