import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMON_STATUSES, isCommon } from './common/common-statuses.ts';
import { OPERATIONS } from './common/contract.ts';

const ROOT = import.meta.dirname;
/** Tests are stated in place, or by a function that states them for several operations. */
const HAS_TESTS = /^\s*(it|test\w+)\(/m;

describe('The tests cover the contract', () => {
  it('every declared status of every operation has a test', () => {
    const missing = OPERATIONS.flatMap((operation) =>
      Object.keys(operation.responses)
        .filter((status) => !isCommon(operation, status))
        .map((status) => `test/operations/${operation.operationId}/${status}.test.ts`)
        .filter((path) => !holdsTests(join(ROOT, '../..', path))),
    );
    assert.equal(missing.length, 0, `Missing, or without a test in it:\n${missing.join('\n')}`);
  });

  it('every common status is provoked on all operations that declare it', () => {
    for (const [status, { test }] of Object.entries(COMMON_STATUSES)) {
      const text = readFileSync(join(ROOT, 'common', test), 'utf8');
      assert.match(text, new RegExp(`for \\(const operation of (operationsWith\\('${status}'\\)|secured)\\)`), test);
    }
  });

  it('no test is about an operation or a status that the contract does not declare', () => {
    const declared = new Map(OPERATIONS.map((operation) => [operation.operationId, operation.responses]));
    const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const strange = folders
      .filter(({ name }) => name !== 'common')
      .flatMap(({ name }) => readdirSync(join(ROOT, name)).map((file) => ({ operation: name, file })))
      .filter(({ operation, file }) => {
        const status = /^(\d{3})\b/.exec(file)?.[1];
        const responses = declared.get(operation);
        return !responses || (status !== undefined && !(status in responses));
      });
    assert.deepEqual(strange, []);
  });
});

function holdsTests(file: string): boolean {
  return existsSync(file) && HAS_TESTS.test(readFileSync(file, 'utf8'));
}
