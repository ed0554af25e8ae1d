import assert from 'node:assert/strict';
import { type AnsweredOperation, wireFaults } from '../support/answer-check.ts';
import { BREAK_CLASSES, describePlace, MEANING, type WireAnswer } from './breaks.ts';
import { candidates } from './candidates.ts';
import { chooseBreaks } from './choose.ts';
import { exampleAnswers } from './example-answers.ts';
import { mutate } from './mutate.ts';

/** Absent while limits are off, and but for replays, so that the contract cannot want them. */
const OPTIONAL_HEADER = /^(x-ratelimit-|idempotent-replayed)/;

describe('The choice of breaks', () => {
  const seen = exampleAnswers();

  it('follows from the seed alone, and takes another operation each time', () => {
    const choose = (seed: number) => chooseBreaks(seen, { seed, perClass: 5 });
    assert.deepEqual(choose(1), choose(1));
    assert.deepEqual(chooseBreaks([...seen].reverse(), { seed: 1, perClass: 5 }), choose(1));
    assert.notDeepEqual(choose(1), choose(2));
    for (const breakClass of BREAK_CLASSES) {
      const operations = choose(3).filter((broken) => broken.class === breakClass);
      assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, 5, breakClass);
    }
  });

  it('says so when a class makes sense on too few operations', () => {
    const one = seen.filter(({ operation }) => operation.operationId === 'logout');
    assert.throws(() => chooseBreaks(one, { seed: 1, perClass: 2 }), /"field dropped" makes sense on 1 operations/);
  });

  for (const breakClass of BREAK_CLASSES) {
    it(`offers only answers that the contract forbids: ${breakClass}`, () => {
      let offered = 0;
      for (const { operation, answer } of seen) {
        assert.deepEqual(faultsOf(operation, answer), [], operation.operationId);
        for (const broken of candidates(breakClass, { operation, answer })) {
          offered += 1;
          const mutated = mutate(answer, broken) as WireAnswer;
          assert.notDeepEqual(mutated, answer);
          if (MEANING.includes(breakClass) || OPTIONAL_HEADER.test(broken.place[0] ?? '')) continue;
          const told = `${operation.operationId} ${answer.status} ${describePlace(broken)}`;
          assert.notDeepEqual(faultsOf(operation, mutated), [], told);
        }
      }
      assert.ok(offered >= 20, `only ${offered}`);
    });
  }
});

function faultsOf({ method, path }: AnsweredOperation, { status, headers, text }: WireAnswer): string[] {
  return wireFaults(method, path, { status, headers: new Headers(headers), text });
}
