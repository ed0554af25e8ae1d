import { readdirSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { OPERATIONS } from '../operations/common/contract.ts';

const TESTS = resolve(import.meta.dirname, '..');
const OF_OPERATIONS = `${resolve(TESTS, 'operations')}${sep}`;

/** `operationId status` of what applications answered to the tests of operations. Others, fuzzing above all, hit any. */
const given = new Set<string>();
let testFile = '';

/** Says of which file the tests are that run now. */
export function noteTestFile(file: string | undefined): void {
  testFile = file ?? '';
}

/** Reads an application's own count of its answers; to be called before it stops. */
export async function recordAnswers(adminUrl: string): Promise<void> {
  if (!testFile.startsWith(OF_OPERATIONS)) return;
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const counts = metrics.matchAll(/^telemy_http_requests_total\{operation="(\w+)",status="(\d+)"\}/gm);
  for (const [, operation, status] of counts) given.add(`${operation} ${status}`);
}

/**
 * Fails when the contract declares a status that no test of an operation brought about.
 *
 * @param root mocha's suite of everything. Only after a run of all tests of all files is there something to say.
 */
export function assertAllAnswersGiven(root: Mocha.Suite): void {
  if (!isWholeRun(root)) return;
  const declared = OPERATIONS.flatMap(({ operationId, responses }) =>
    Object.keys(responses).map((status) => `${operationId} ${status}`),
  );
  const missing = declared.filter((answer) => !given.has(answer));
  if (missing.length > 0) throw new Error(`Declared, but never provoked:\n${missing.join('\n')}`);
}

function isWholeRun(root: Mocha.Suite): boolean {
  const loaded = new Set(root.suites.map(({ file }) => file));
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  let all = files.every((name) => loaded.has(resolve(TESTS, name)));
  // With --grep some are left out; behind a broken hook some never begin, and the run fails anyway.
  root.eachTest((test) => {
    if (test.state === undefined) all = false;
  });
  return all;
}
