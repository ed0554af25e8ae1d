import assert from 'node:assert/strict';
import { exampleAnswers } from '../bite/example-answers.ts';
import { BASE_PATH, readFuzzOperations } from './contract.ts';
import { findFault } from './oracle.ts';
import { judge } from './verdict.ts';

describe("the fuzzer's oracle", () => {
  const [path, status] = ['/capacity/status', 200];
  const target = `${BASE_PATH}${path}`;
  const request = { method: 'GET', target, headers: [], body: undefined, wire: undefined };
  const operations = readFuzzOperations();
  const judged = judge(request, { operations, credentials: {}, dictionary: {}, bodies: {}, expendable: [] });

  /** In the contract's example of the answer these fields are put. */
  const faultWith = (fields: object) => {
    const seen = exampleAnswers().find(({ operation, answer }) => operation.path === path && answer.status === status);
    assert.ok(seen);
    const { headers, text } = seen.answer;
    return findFault(request, judged, {
      status,
      headers,
      text: JSON.stringify({ ...JSON.parse(text), ...fields }),
    });
  };

  it('has nothing against the example of an answer', () => assert.equal(faultWith({}), undefined));

  it('objects to a field that the contract does not declare', () => {
    assert.match(faultWith({ surprise: true }) ?? '', /must NOT have additional properties/);
  });

  it('objects to a field of another type', () =>
    assert.match(faultWith({ regions: 7 }) ?? '', /regions must be array/));
});
