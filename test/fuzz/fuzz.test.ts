import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFuzzOperations } from './contract.ts';
import { runFuzz } from './run.ts';

/** Of each kind. */
const SINGLES = 1_500;
const IN_SEQUENCES = 500;

describe('fuzz', function () {
  this.timeout(180_000);
  const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

  it(`answers ${SINGLES} random requests and ${IN_SEQUENCES} in sequences as the contract says, and the invalid ones change nothing`, async () => {
    console.log(`      seed ${seed}; repeat with FUZZ_SEED=${seed}`);
    const { sent, failure, histogram } = await runFuzz({ singles: SINGLES, inSequences: IN_SEQUENCES, seed });
    assert.deepEqual(failure, undefined);
    assert.ok(sent >= SINGLES + IN_SEQUENCES, `only ${sent} were sent`);
    // It was not turned away at the door all the time.
    const answers = [...histogram].flatMap(([id, counts]) =>
      [...counts].map(([status, times]) => ({ id, status, times })),
    );
    const reached = new Set(answers.filter(({ status }) => status !== 401).map(({ id }) => id));
    const all = readFuzzOperations().map(({ id }) => id);
    assert.deepEqual(
      all.filter((id) => !reached.has(id)),
      [],
    );
    // Signatures were made, and spoilt.
    const webhooks = histogram.get('receiveBillingWebhook');
    assert.deepEqual([webhooks?.has(200), webhooks?.has(401)], [true, true]);
    const successes = answers.filter(({ status }) => status < 400).reduce((sum, { times }) => sum + times, 0);
    assert.ok(successes > sent / 5, `only ${successes} of ${sent} requests succeeded`);
  });
});
