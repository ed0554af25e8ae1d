import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { FAULTS } from '../support/chaos/faults.ts';
import { runChaos } from '../support/chaos/run.ts';

/** Quick ones of each kind; `npm run chaos` has them all, with a standby. */
const QUICK = ['kill-api', 'connections-cut', 'webhooks-again', 'provider-fails', 'proxy-cut', 'kill-worker'];
const ROUNDS = 2;

describe('Two APIs and a worker under traffic, while things go wrong by chance', function () {
  this.timeout(150_000);

  it('recover, lose nothing that they answered, and leave accounts, ledger, webhooks and relays in order', async () => {
    const seed = Number(process.env.CHAOS_SEED || randomInt(2 ** 31));
    console.log(`      repeat with CHAOS_SEED=${seed}`);
    const faults = FAULTS.filter(({ name }) => QUICK.includes(name));
    const results = await runChaos({ seed, faults, rounds: ROUNDS, plugins: 4, apis: 2, workers: 1, standby: false });
    assert.deepEqual(
      results.filter(({ broken }) => broken.length > 0),
      [],
    );
    assert.equal(results.length, ROUNDS);
  });
});
