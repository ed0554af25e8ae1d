import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { OPERATIONS } from '../operations/common/contract.ts';
import { sendExample } from '../operations/common/example-request.ts';
import { type AnsweredOperation, readAnsweredOperations, wireFaults } from '../support/answer-check.ts';
import { type SignedIn, signInNewUser } from '../support/factories.ts';
import type { Answer } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { breakAnswers } from './break-answers.ts';
import { BREAK_CLASSES, type Break, describePlace, MEANING } from './breaks.ts';
import type { SeenAnswer } from './candidates.ts';
import { chooseBreaks } from './choose.ts';

/** Answered in another way the second time. */
const ONCE = ['logout', 'startRelay'];
const OPERATIONS_BY_ID = new Map(OPERATIONS.map((operation) => [operation.operationId, operation]));

describe('A broken answer on the wire', () => {
  const app = useApp({ roles: ['api'] });
  const seed = Number(process.env.BITE_SEED ?? randomInt(2 ** 31));
  const seen: SeenAnswer[] = [];
  let breaks: Break[] = [];
  let caller: SignedIn;

  /** The operation's example, past the check that would throw. */
  const send = (operationId: string): Promise<Answer> => {
    const operation = OPERATIONS_BY_ID.get(operationId);
    if (!operation) throw new Error(`The contract declares no ${operationId}.`);
    return sendExample({ url: app().url }, operation, caller);
  };

  before(async () => {
    console.log(`    seed ${seed}; repeat with BITE_SEED=${seed}`);
    caller = await signInNewUser(app(), 'pro');
    for (const operation of readAnsweredOperations()) {
      if (ONCE.includes(operation.operationId)) continue;
      const { status, headers, text } = await send(operation.operationId);
      seen.push({ operation, answer: { status, headers: Object.fromEntries(headers), text } });
    }
    breaks = chooseBreaks(seen, { seed, perClass: 1 });
  });

  for (const [index, breakClass] of BREAK_CLASSES.entries()) {
    it(`is noticed: ${breakClass}`, async () => {
      const broken = breaks[index] as Break;
      const told = `${broken.operationId} ${broken.status} ${describePlace(broken)}`;
      let met = 0;
      const mend = breakAnswers([broken], () => {
        met += 1;
      });
      const answer = await send(broken.operationId).finally(mend);
      assert.equal(met, 1, told);
      const faults = wireFaults(broken.method, broken.path, answer);
      if (!MEANING.includes(breakClass)) assert.notDeepEqual(faults, [], told);
      const before = seen.find(({ operation }) => operation.operationId === broken.operationId) as SeenAnswer;
      if (breakClass === 'wrong declared status') assert.notEqual(answer.status, before.answer.status, told);
      if (breakClass === 'wrong error code') {
        assert.notEqual(answer.body.error.code, JSON.parse(before.answer.text).error.code, told);
      }
      assert.deepEqual(wireFaults(broken.method, broken.path, await send(broken.operationId)), [], 'it was mended');
    });
  }

  it('makes a call of a test fail, by the check that each application brings along', async () => {
    const { operationId, path, method } = readAnsweredOperations().find(
      (one) => one.operationId === 'getCapacityStatus',
    ) as AnsweredOperation;
    const broken: Break = { class: 'field dropped', operationId, method, path, status: 200, place: ['updated_at'] };
    const mend = breakAnswers([broken], () => undefined);
    const operation = OPERATIONS.find((one) => one.operationId === operationId) as (typeof OPERATIONS)[number];
    await assert
      .rejects(sendExample(app(), operation, caller), /getCapacityStatus 200: body .*updated_at/)
      .finally(mend);
    assert.equal((await sendExample(app(), operation, caller)).status, 200);
  });
});
