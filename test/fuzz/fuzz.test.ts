import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFuzzOperations } from './contract.ts';
import { runFuzz } from './run.ts';

const REQUESTS = 2_000;

describe('fuzz', function () {
  this.timeout(180_000);
  const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));

  it(`answers ${REQUESTS} random requests as the contract says, and the invalid ones change nothing`, async () => {
    console.log(`      seed ${seed}; repeat with npm run fuzz -- --requests ${REQUESTS} --seed ${seed}`);
    const { sent, failure, histogram } = await runFuzz({ requests: REQUESTS, seed });
    assert.deepEqual(failure, undefined);
    assert.equal(sent, REQUESTS);
    // Every operation was reached, and not only refused.
    const succeeded = readFuzzOperations().filter(({ id }) =>
      [...(histogram.get(id) ?? new Map<number, number>()).keys()].some((status) => status < 400),
    );
    assert.deepEqual(
      succeeded.map(({ id }) => id),
      readFuzzOperations().map(({ id }) => id),
    );
  });
});
